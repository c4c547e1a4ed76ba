"""What this room reports, and all that a person needs to act on it."""

from __future__ import annotations

from mlhooks.core.finding import Level, Rule

_TAGS = ("external/cwe/cwe-798", "external/cwe/cwe-312", "external/cwe/cwe-540")
_LISTS = ("MITRE-ATLAS-5.6.0:AML.T0055", "OWASP-LLM02:2026")

AI_SERVICE_TOKEN = Rule(
    "ai-service-token",
    Level.ERROR,
    "a token of a machine-learning service (Hugging Face, OpenAI, Weights & Biases, Kaggle ...)",
    why=(
        "Whoever reads the repository can act as you: pull private models and data, overwrite published ones, "
        "and spend your quota. Public repositories are searched for such tokens by machines within minutes of "
        "a push."
    ),
    example=('login(token="hf_...")        # the token itself, in a script, a notebook cell or its output'),
    instead=(
        "Revoke the token on the service's site first; deleting the line is not enough, it stays in the "
        'history. Then read it from the environment (`os.environ["HF_TOKEN"]`), from the vendor\'s login '
        "command, or from Colab's and Kaggle's secrets. A made-up token in a test is best assembled from two "
        "pieces. To keep one:\n"
        "`# mlhooks: ignore[ai-service-token] revoked on 3 May, kept as a sample`."
    ),
    tags=(*_TAGS, *_LISTS),
    severity="8.0",
)

SERVICE_TOKEN = Rule(
    "service-token",
    Level.ERROR,
    "a token of a cloud, a code host, a package registry, a chat or another service",
    why=(
        "A key of AWS, GitHub, PyPI or Slack opens more than the model: code, data, machines that others pay "
        "for. Checksums and fixed parts of the token were checked, so it is very likely a real one."
    ),
    example=('s3 = boto3.client("s3", aws_access_key_id="AKIA...", aws_secret_access_key="...")'),
    instead=(
        "Revoke it at the service first, then remove it. Let the cloud's own profile or role provide the key "
        "(`boto3` finds it without being told), or read it from the environment. To keep one:\n"
        "`# mlhooks: ignore[service-token] reason`."
    ),
    tags=(*_TAGS, *_LISTS),
    severity="8.0",
)

PRIVATE_KEY = Rule(
    "private-key",
    Level.ERROR,
    "a private key (PEM, OpenSSH, PuTTY, PGP, age, or inside a service account's JSON)",
    why=(
        "Whoever holds the key can log in, sign and decrypt as its owner, for as long as the key is trusted anywhere."
    ),
    example=("-----BEGIN OPENSSH PRIVATE KEY-----  followed by the key"),
    instead=(
        "Replace the key everywhere it is trusted, then remove the file and add its name to .gitignore. For "
        "Google, use `gcloud auth application-default login` or workload identity in place of a key file. To "
        "keep a test key:\n"
        '`allow = [{path = "tests/keys/*.pem", rule = "private-key", reason = "made for the tests"}]`.'
    ),
    tags=(*_TAGS, "external/cwe/cwe-321", *_LISTS),
    severity="8.0",
)

PASSWORD_IN_URL = Rule(
    "password-in-url",
    Level.ERROR,
    "a user name and a password, or a token, inside a URL",
    why=(
        "The URL of a database, a package index or a tracking server is copied into logs, error messages and "
        "notebook outputs, and its password with it."
    ),
    example=('mlflow.set_tracking_uri("https://user:password@mlflow.company.com")'),
    instead=(
        "Change the password, then build the URL from the environment (`MLFLOW_TRACKING_USERNAME` and "
        "`MLFLOW_TRACKING_PASSWORD`, `PGPASSWORD`, a `.netrc` outside of the repository). To keep one:\n"
        "`# mlhooks: ignore[password-in-url] reason`."
    ),
    tags=(*_TAGS, "external/cwe/cwe-522", *_LISTS),
    severity="8.0",
)

CREDENTIALS_FILE = Rule(
    "credentials-file",
    Level.ERROR,
    "a tool's own credentials, filled in (.netrc, kaggle.json, .pypirc, .dvc/config, clearml.conf, docker config ...)",
    why=(
        "These files are meant to stay in your home folder. Committed, they hand the account to everybody who "
        "can read the repository, and the tool picks them up without asking."
    ),
    example=("machine api.wandb.ai\n  login user\n  password ..."),
    instead=(
        "Revoke the credentials, remove the file with `git rm --cached`, and add its name to .gitignore. For "
        "DVC, put them in `.dvc/config.local` (`dvc remote modify --local`), which git ignores. To keep one:\n"
        '`allow = [{path = "tests/data/.netrc", rule = "credentials-file", reason = "invented, for the '
        "parser's tests\"}]`."
    ),
    tags=(*_TAGS, "external/cwe/cwe-522", *_LISTS),
    severity="8.0",
)

HARDCODED_SECRET = Rule(
    "hardcoded-secret",
    Level.WARNING,
    "a random-looking value that is given to something named like a secret",
    why=(
        "The name says that it is a password, a token or a key, and the value looks random. A tool cannot "
        "know the service, but the one who finds it in your repository can try."
    ),
    example=('DB_PASSWORD = "..."          # also in .env, YAML, Dockerfile ENV, `%env` and printed outputs'),
    instead=(
        "Read it from the environment, or from a secret store. A default for local work is best empty. When "
        "the value is no secret:\n"
        "`# mlhooks: ignore[hardcoded-secret] public test account`."
    ),
    tags=("external/cwe/cwe-798", "external/cwe/cwe-259", *_LISTS),
    severity="6.0",
)

RULES = (AI_SERVICE_TOKEN, SERVICE_TOKEN, PRIVATE_KEY, PASSWORD_IN_URL, CREDENTIALS_FILE, HARDCODED_SECRET)
