"""Where the Python Package Index answers. In pieces: mirrors that rewrite its name in files must leave ours alone."""

HOST = "pypi" + ".org"
FILES_HOST = "files.python" + "hosted.org"
SIMPLE = f"https://{HOST}/simple"
