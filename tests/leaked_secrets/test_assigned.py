"""Values that only their names give away: loud where the value is random, quiet on the words of machine learning."""

from __future__ import annotations

from random import Random

import pytest
from tokens import text_of

from mlhooks.core.files import Blob
from mlhooks.core.finding import Finding, Level
from mlhooks.leaked_secrets import HOOK

KEY = text_of("[A-Za-z]{6}[0-9]{3}[A-Za-z0-9]{23}", Random("key"))
PASSWORD = "Tr4" + "vel-2" + "Mars!"
HEX = text_of("[a-f0-9]{32}", Random("hex"))
ENCRYPTED = "AQI" + "CAH" + text_of("[g-j][A-Za-z0-9+/]{180}", Random("encrypted"))


def check(path: str, text: str) -> list[Finding]:
    return list(HOOK.check(Blob(path, text.encode()), {}))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("a.py", f'API_KEY = "{KEY}"', id="assignment"),
        pytest.param("a.py", f"api_key: str = '{KEY}'", id="annotated"),
        pytest.param("a.py", f'x = Client(api_key="{KEY}")', id="keyword argument"),
        pytest.param("a.py", f'{{"clientSecret": "{KEY}"}}', id="camel case in a dict"),
        pytest.param("a.py", f'os.environ["SERVICE_TOKEN"] = "{KEY}"', id="os.environ"),
        pytest.param("a.py", f'os.environ.setdefault("SERVICE_TOKEN", "{KEY}")', id="setdefault"),
        pytest.param(
            "a.py", f'monkeypatch.setenv(\n        "MY_TOKEN",\n        "{KEY}",\n    )', id="setenv in lines"
        ),
        pytest.param("a.py", f'os.getenv("SERVICE_TOKEN", "{KEY}")', id="default of getenv"),
        pytest.param("a.py", f'token = os.environ.get("TOKEN") or "{KEY}"', id="behind or"),
        pytest.param("a.py", f'db_password = "{PASSWORD}"', id="password"),
        pytest.param("a.py", f'if password == "{PASSWORD}":', id="comparison"),
        pytest.param("a.py", f'headers = {{"Authorization": "Bearer {KEY}"}}', id="bearer header"),
        pytest.param("a.py", f'headers = {{"X-Api-Key": "{KEY}"}}', id="key header"),
        pytest.param("a.py", f'secret_key = b"{KEY}"', id="bytes"),
        pytest.param("a.py", f'password = """{PASSWORD}"""', id="triple quotes"),
        pytest.param("a.py", f'api_key = "{HEX}"', id="hexadecimal digits under a sure name"),
        pytest.param("a.py", f"# %env API_TOKEN={KEY}\n%env API_TOKEN={KEY}", id="magic"),
        pytest.param("a.py", f'url = "https://x.dev/v1?api_key={KEY}&x=1"', id="parameter of a URL"),
        pytest.param("a.js", f"const apiKey = '{KEY}';", id="javascript"),
        pytest.param("a.R", f'Sys.setenv(MY_API_KEY = "{KEY}")', id="R"),
        pytest.param(".env", f"SECRET_KEY={KEY}", id="env file"),
        pytest.param(".env", f"export DB_PASSWORD='{PASSWORD}'", id="env file with quotes"),
        pytest.param("prod.env", f"DB_PASSWORD={PASSWORD}", id="env file by suffix"),
        pytest.param("a.yaml", f"db:\n  password: {PASSWORD}", id="yaml"),
        pytest.param("docker-compose.yml", f"    environment:\n      - DB_PASSWORD={PASSWORD}", id="compose"),
        pytest.param("a.ini", f"[db]\npassword = {PASSWORD}", id="ini"),
        pytest.param("a.toml", f'secret_key = "{KEY}"', id="toml"),
        pytest.param("a.json", f'{{"apiKey": "{KEY}"}}', id="json"),
        pytest.param("Dockerfile", f"FROM python:3.12\nENV API_TOKEN={KEY}", id="dockerfile ENV"),
        pytest.param("Dockerfile", f"ARG API_TOKEN={KEY}", id="dockerfile ARG"),
        pytest.param("Dockerfile", f"ENV API_TOKEN {KEY}", id="dockerfile ENV with a blank"),
        pytest.param("run.sh", f"export SERVICE_TOKEN={KEY}", id="shell"),
        pytest.param("run.sh", f"docker run -e SERVICE_TOKEN={KEY} image", id="docker run"),
        pytest.param("run.sh", f"mysql --password={PASSWORD}", id="flag"),
        pytest.param("run.sh", f"tool --api-key {KEY}", id="flag with a blank"),
        pytest.param("README.md", f'```\nAPI_KEY = "{KEY}"\n```', id="markdown"),
    ],
)
def test_a_random_value_under_a_secret_name_is_a_warning(path: str, text: str) -> None:
    found = check(path, text + "\n")
    assert [(finding.rule.id, finding.level) for finding in found] == [("hardcoded-secret", Level.WARNING)]
    assert not [value for value in (KEY, PASSWORD, HEX) if value in str(found)]


@pytest.mark.parametrize(
    "text",
    [
        # the words of language models
        'tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")',
        'tokenizer.pad_token = "[PAD]"',
        'eos_token = "<|endoftext|>"',
        'special_tokens = {"bos_token": "<s>", "unk_token": "<unk>"}',
        'image_token = "<image_soft_token_0001>"',
        "max_new_tokens=4096, num_tokens=128_000",
        'token_type_ids = inputs["token_type_ids"]',
        'model.token_embedding = "wte.weight.0001.layers"',
        'tokenizer_name = "sentence-transformers/all-MiniLM-L6-v2"',
        "next_token = logits[:, -1].argmax(dim=-1)",
        # the words of dictionaries and data bases
        'sort_key = "created_at_2024_ascending"',
        "df.sort_values(key=lambda x: x.str.len())",
        'primary_key = "customer_id_v2_2024x"',
        'cache_key = "a8f5f167f44f4964e6c998dee827110c"',
        'partition_key = "year=2024/month=11/day=21"',
        "rng_key = jax.random.PRNGKey(20241121)",
        'key = "model.layers.31.self_attn.q_proj.weight"',
        # references
        'token = os.environ["HF_TOKEN"]',
        'api_key = os.getenv("OPENAI_API_KEY")',
        "password = getpass.getpass()",
        "token = userdata.get('HF_TOKEN_2')",
        'password = dbutils.secrets.get(scope="prod1", key="db-password-2")',
        'api_key = st.secrets["OPENAI_API_KEY1"]',
        "password: ${DB_PASSWORD_2024}",
        "token: ${{ secrets.HF_TOKEN_2 }}",
        'secret: "{{ .Values.secret.name1 }}"',
        'password = "%(password_1)s"',
        'password = config["database1"]["password"]',
        'secret = "arn:aws:secretsmanager:us-east-1:1234:secret:x1"',
        'secret_key = "vault:secret/data/app1#key2"',
        'password = "ENC[AES256_GCM,data:x1y2z3a4b5]"',
        "api_key = settings.OPENAI_API_KEY_2",
        # placeholders
        'api_key = "your-api-key-1234567890"',
        'bot_token = "123456:ABC' + '-DEF1234ghIkl-zyx57W2v1u123ew11"',
        'api_key = "<YOUR_API_KEY_2>"',
        'api_key = "sk-xxxxxxxxxxxxxxxxxxxx1234"',
        'password = "changeme123"',
        'password = "password123"',
        'password = "hunter2"',
        'token = "my-fake-token-0001"',
        'secret = "0123456789abcdef0123"',
        'password = "postgres123"',
        'DB_PASSWORD = ""',
        'METHODS = ["trust", "password", "scram-sha-256x9Q"]',
        # things with secret names that are about secrets
        'token_url = "https://auth.company.com/oauth2/v1/token"',
        'password_file = "/run/secrets/db_password_1"',
        'secret_name = "projects/12345/secrets/db-password1"',
        'api_key_header = "X-Api-Key-Version-20241"',
        'token_endpoint = "a1b2c3d4e5f6g7h8i9j0k1"',
        'secret_id = "4a7d1ed4-14ce-4b3c-a3c4-6b1d0f7f7d11"',
        # hashes and identifiers
        'password_hash = "5f4dcc3b5aa765d61d8327deb882cf99"',
        f'"hashed_secret": "{text_of("[a-f0-9]{40}", Random(6))}",',
        f'encrypted_token = "{KEY}"',
        'token_sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
        'access_token = "4a7d1ed4-14ce-4b3c-a3c4-6b1d0f7f7d11"',
        'token = "d41d8cd98f00b204e9800998ecf8427e"',
        f'password = "{ENCRYPTED}"',
        f'db_secret = "CiQA{ENCRYPTED[7:]}"',
        f'<input name="authenticity_token" value="{ENCRYPTED[7:]}"/>',
        f'xsrf_token = "{ENCRYPTED[7:]}"',
        # not random
        'secret = "correct-horse-battery"',
        'auth_token = "bearer_token_auth_v2"',
        'password = "aaaaaaaa1"',
        'api_key = "OPENAI_API_KEY_2024"',
        'token = "en_core_web_sm-3.7.1"',
        'secret_token = "gpt-4o-mini-2024-07-18"',
        'credentials = "application_default_credentials.json"',
        'private_key = "~/.ssh/id_ed25519_company"',
        'auth_token = f"{prefix}1234567890abcdef"',
        'password = "The password must hold 8 characters"',
    ],
)
def test_honest_code_stays_quiet(text: str) -> None:
    for path in ("a.py", "a.yaml", ".env", "a.txt"):
        assert not [finding.message for finding in check(path, text + "\n")], path


@pytest.mark.parametrize(
    "path", ["poetry.lock", "uv.lock", "package-lock.json", "tokenizer.json", "vocab.txt", "data.csv", "model.dvc"]
)
def test_lists_and_lock_files_know_no_generic_secrets(path: str) -> None:
    assert not check(path, f'"secretKey": "{KEY}"\npassword: {PASSWORD}\n')


def test_in_code_a_bare_word_is_a_variable() -> None:
    assert not check("a.py", f"api_key = {KEY}\n")
    assert check("a.yaml", f"api_key: {KEY}\n")


def test_a_name_that_may_hold_a_secret_is_not_printed() -> None:
    (finding,) = check("a.py", f'{"q7" * 30}_password = "{PASSWORD}"\n')
    assert "q7q7" not in finding.message


@pytest.mark.parametrize(
    "text",
    [
        f'COMET_EXPERIMENT_KEY = "{HEX}"',
        f'mistral_tokenizer_hash = "{HEX}"',
        f'wandb_run_key = "{text_of("[a-f0-9]{40}", Random(3))}"',
        f'azure_primary_key = "{HEX}"',
        f"uses: wandb/setup@{text_of('[a-f0-9]{40}', Random(4))}  # key and token",
        f'"wandb @ git+https://github.com/wandb/wandb@{text_of("[a-f0-9]{40}", Random(5))}"  # token',
        f'kaggle_dataset_md5 = "{HEX}"',
        'mistral_token = "abcdefghijklmnopqrstuvwxyzabcdef"',
    ],
)
def test_identifiers_of_a_vendor_are_no_tokens(text: str) -> None:
    assert not check("a.py", text + "\n")
    assert not check("a.yaml", text + "\n")


def test_many_guessable_secrets_do_not_take_minutes() -> None:
    random = Random("many")
    lines = [f'password_{n} = "{text_of("[A-Za-z]{5}[0-9]{2}[A-Za-z]{5}", random)}"' for n in range(150)]
    found = check("a.py", "\n".join(lines))
    assert len({finding.subject for finding in found}) > 120
