"""Names that no model needs, and that attacks are made of; no option allows them.

What is missing here is not safe: it is merely unknown, and reported as that.
"""

from __future__ import annotations

from functools import cache

_MODULES = """
runs programs: os posix nt subprocess _posixsubprocess pty commands popen2 multiprocessing concurrent.futures
  asyncio.subprocess asyncio.unix_events distutils.spawn _winapi
runs code: code codeop runpy bdb pdb cProfile profile trace timeit doctest unittest idlelib lib2to3 pydoc
  _aix_support _osx_support _pyrepl _xxsubinterpreters _interpreters torch._dynamo torch._inductor torch.fx
  torch.utils.bottleneck torch.utils._config_module torch.distributed.rpc torch.jit.unsupported_tensor_ops
  numpy.f2py numpy.testing numpy.distutils IPython ipykernel
imports whatever it is told: importlib _frozen_importlib _frozen_importlib_external imp pkgutil zipimport venv ensurepip
  pip setuptools pkg_resources site
opens the network: socket _socket ssl _ssl http urllib urllib2 urllib3 requests httpx aiohttp ftplib smtplib smtpd
  poplib imaplib nntplib telnetlib xmlrpc socketserver webbrowser antigravity asyncio paramiko wsgiref
reads or writes files: shutil tempfile io _io fileinput glob linecache zipfile tarfile gzip bz2 lzma dbm sqlite3
  _sqlite3 mmap shelve csv netrc configparser logging.config logging.handlers distutils mailbox filecmp
  compileall py_compile
reaches into the interpreter: sys builtins _thread threading ctypes _ctypes gc inspect signal types operator _operator
  functools weakref faulthandler atexit codecs _codecs copyreg copy_reg traceback
loads other pickles: pickle _pickle cPickle marshal dill cloudpickle jsonpickle yaml
"""
"""What it does: modules. Every name of such a module, and of the modules below it, unless a pack allows it."""

_NAMES = """
runs code: builtins.eval builtins.exec builtins.execfile builtins.compile builtins.__import__ builtins.input
  builtins.breakpoint builtins.exit builtins.help pandas.eval pandas.core.computation.eval.eval numexpr.evaluate
  sympy.sympify sympy.core.sympify.sympify torch.jit.script torch.jit.trace torch.compile torch.hub.load
  torch.utils.cpp_extension.load torch.utils.cpp_extension.load_inline numpy.vectorize numpy.apply_along_axis
  numpy.frompyfunc numpy.piecewise numpy.fromfunction numpy.lib.utils.safe_eval sklearn.utils.parallel._FuncWrapper
  joblib.memory.Memory joblib.parallel.Parallel joblib.parallel.delayed transformers.AutoModel.from_pretrained
  transformers.pipeline keras.src.layers.core.lambda_layer.Lambda torch.distributed.launch.main
reads or writes files: builtins.open numpy.loadtxt numpy.savetxt numpy.save numpy.savez numpy.fromfile numpy.genfromtxt
  numpy.DataSource torch.save torch.hub.download_url_to_file torch.hub.load_state_dict_from_url torch.from_file
  pandas.read_csv pandas.read_json pandas.read_sql pandas.read_html pandas.read_excel pandas.read_parquet
  pandas.io.common.get_handle joblib.dump sklearn.datasets.fetch_openml keras.utils.get_file
  keras.src.utils.file_utils.get_file pathlib.Path.write_text pathlib.Path.write_bytes pathlib.Path.unlink
  linecache.getlines numpy.memmap.tofile numpy.ndarray.tofile numpy.ndarray.dump numpy.tofile
loads other pickles: joblib.load joblib.numpy_pickle.load joblib.numpy_pickle_utils.load_compatibility numpy.load
  numpy.lib.npyio.load numpy.lib._npyio_impl.load numpy.lib.npyio.NpzFile numpy.lib.format.read_array torch.load
  torch.serialization.load torch.serialization._load torch.serialization._legacy_load torch.jit.load
  torch.package.package_importer.PackageImporter pandas.read_pickle pandas.io.pickle.read_pickle
  pandas.compat.pickle_compat.load pandas.compat.pickle_compat.loads sklearn.externals.joblib.load
  spacy.load spacy.util.load_model nltk.data.load scipy.io.loadmat scipy.sparse.load_npz
"""
"""What it does: whole names."""

_CODE = """
  dill._dill._create_code dill._dill._create_function dill._dill._create_type dill._dill._create_cell
  dill._dill._create_lock dill._dill._create_namedtuple dill._dill._import_module dill._dill._get_attr
  dill._dill._load_type dill._dill._create_array dill._dill._setitems dill._dill._eval_repr dill._dill._create_weakref
  dill.dill._create_code dill.dill._create_function dill.dill._create_type dill.dill._load_type dill.dill._create_cell
  cloudpickle.cloudpickle._make_function cloudpickle.cloudpickle._builtin_type cloudpickle.cloudpickle.subimport
  cloudpickle.cloudpickle._function_setstate cloudpickle.cloudpickle._make_skeleton_class
  cloudpickle.cloudpickle._make_empty_cell cloudpickle.cloudpickle._make_cell cloudpickle.cloudpickle._make_skel_func
  cloudpickle.cloudpickle._fill_function cloudpickle.cloudpickle._class_setstate
  cloudpickle.cloudpickle._make_skeleton_enum cloudpickle.cloudpickle._rehydrate_skeleton_class
  cloudpickle.cloudpickle._make_dict_items cloudpickle.cloudpickle._make_dict_keys
  cloudpickle.cloudpickle._make_dict_values cloudpickle.cloudpickle.dynamic_subimport
  cloudpickle.cloudpickle._get_cell_contents cloudpickle.cloudpickle._make_typevar cloudpickle.cloudpickle.instance
  cloudpickle.cloudpickle._decompose_typevar cloudpickle.cloudpickle._gen_ellipsis
  joblib.externals.cloudpickle.cloudpickle._make_function joblib.externals.cloudpickle.cloudpickle._builtin_type
  joblib.externals.cloudpickle.cloudpickle._function_setstate joblib.externals.cloudpickle.cloudpickle.subimport
  joblib.externals.cloudpickle.cloudpickle._make_skeleton_class
  joblib.externals.cloudpickle.cloudpickle._make_empty_cell
  joblib.externals.loky.cloudpickle_wrapper.CloudpickledObjectWrapper types.CodeType types.FunctionType
  types.LambdaType builtins.code marshal.loads _marshal.loads torch.fx.graph_module.reduce_graph_module
  torch.fx.graph_module._deserialize_graph_module torch.package._package_pickler.create_custom_import_pickler
  keras.src.utils.python_utils.func_load keras.utils.generic_utils.func_load
"""
"""Names that rebuild functions, classes or code objects out of the file: Python code travels inside."""

LOADERS_OF_BYTES = frozenset(
    (
        "pickle.loads",
        "_pickle.loads",
        "cPickle.loads",
        "dill.loads",
        "dill._dill.loads",
        "cloudpickle.loads",
        "cloudpickle.cloudpickle.loads",
        "torch.storage._load_from_bytes",
        "_io.BytesIO",
        "io.BytesIO",
    )
)
"""Callables whose first argument may be a file in bytes: it is looked into, whatever the verdict about the call."""


@cache
def _table(text: str) -> dict[str, str]:
    table, what = {}, ""
    for line in text.strip().splitlines():
        if not line.startswith(" "):
            what, _, names = line.partition(": ")
        else:
            names = line
        table.update(dict.fromkeys(names.split(), what))
    return table


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Dangers:
    """The tables above, ready for questions."""

    def __init__(self) -> None:
        self._modules = _table(_MODULES)
        self._names = _table(_NAMES)
        self._code = _words(_CODE)

    def carries_code(self, name: str) -> bool:
        """Whether this name rebuilds Python code from the file."""
        return name in self._code

    def what(self, module: str, name: str) -> str:
        """What a known attack does with this name ("runs programs"), or "" when none is known.

        A dotted name, and a dunder in it, walks from one object to another: `pandas` then `io.common.os.system`.
        """
        whole = f"{module}.{name}"
        parts = name.split(".")
        if not all(part.isidentifier() for part in whole.split(".")):
            return ""  # no module is called like this
        if whole in self._names:
            return self._names[whole]
        if any(part.startswith("__") and part.endswith("__") and len(part) > 4 for part in parts):
            return "reaches into the interpreter"
        if any(part in self._modules for part in parts):
            return self._modules[next(part for part in parts if part in self._modules)]
        path = module
        while path:
            if path in self._modules:
                return self._modules[path]
            path = path.rpartition(".")[0]
        return ""
