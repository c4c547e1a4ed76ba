"""One reader per kind of file that declares dependencies; see `mlhooks.formats.dependency.read`."""
