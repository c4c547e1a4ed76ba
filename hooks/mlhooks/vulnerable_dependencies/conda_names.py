"""conda packages that are the same project as one on the Python index, by conda's name.

Reviewed by hand. Most names are equal, but many equal names are different things, so only what stands here is matched.
"""

_RENAMED = {
    "dask-core": "dask",
    "keras-base": "keras",
    "libtensorflow": "tensorflow",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "opencv": "opencv-python",
    "py-opencv": "opencv-python",
    "py-xgboost": "xgboost",
    "pytables": "tables",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "ray-core": "ray",
    "ray-default": "ray",
    "tensorflow-base": "tensorflow",
    "tensorflow-gpu": "tensorflow",
}
_SAME = (
    "accelerate aiohttp bokeh boto3 catboost certifi cryptography cython dash dask datasets diffusers distributed "
    "django fastapi flask gradio gunicorn h5py huggingface_hub idna imageio ipython jinja2 joblib jsonschema "
    "jupyter jupyter_server jupyterhub jupyterlab keras lightgbm lightning llvmlite lxml markdown matplotlib "
    "mlflow mistune mpmath nbconvert nltk notebook numba numpy onnx onnxruntime optuna pandas paramiko pillow "
    "plotly polars protobuf psutil pyarrow pydantic pygments pyspark pytest pytorch-lightning pyyaml requests "
    "scikit-image scikit-learn scipy seaborn sentencepiece sentence-transformers setuptools sqlalchemy starlette "
    "statsmodels streamlit sympy tensorboard tensorflow tokenizers torchaudio torchvision tornado tqdm "
    "transformers urllib3 uvicorn wandb werkzeug wheel xarray xgboost"
)
ON_INDEX = {**{name: name.replace("_", "-") for name in _SAME.split()}, **_RENAMED}
