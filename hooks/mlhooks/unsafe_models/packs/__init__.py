"""The names that honest libraries write into pickles, as data: one pack for each library.

Collected from what the libraries themselves write, and from the imports of 3,045 pickles of the Hugging Face Hub. Only
exact pairs of module and name are in a pack, never a whole module: every package re-exports modules such as `os`, and
has loaders and evaluators of its own.
"""
