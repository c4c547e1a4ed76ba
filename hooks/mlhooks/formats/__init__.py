"""Readers for file formats that more than one hook reads. They know no hook and no rule."""
