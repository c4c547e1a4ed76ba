"""Tokens of services for machine learning that carry a mark of their own.

Shapes are facts that vendors document, that GitHub's list of partner patterns names, or that several open scanners
agree on; where only one source gives a length, the pattern is as loose as that source leaves it.
"""

from __future__ import annotations

from mlhooks.core.finding import Level
from mlhooks.leaked_secrets import structure
from mlhooks.leaked_secrets.shape import NamedShape, Shape

_UUID = r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}"
_OPENAI_INFIX = "T3BlbkFJ"  # base64 of "OpenAI"


def _infixed(*lengths: int) -> str:
    """Random characters of one of `lengths` on both sides of OpenAI's infix."""
    return "|".join(rf"[\w-]{{{length}}}{_OPENAI_INFIX}[\w-]{{{length}}}" for length in lengths)


AI_SHAPES: tuple[Shape, ...] = (
    Shape("hugging-face", "Hugging Face token", ("hf_",), r"hf_([A-Za-z0-9]{34})"),
    Shape("hugging-face-org", "Hugging Face organisation token", ("api_org_",), r"api_org_([A-Za-z]{34})"),
    Shape("openai", "OpenAI key", ("sk-",), rf"sk-(?:proj|svcacct|admin|service|None)-((?:{_infixed(74, 58, 20)}))"),
    Shape("openai-legacy", "OpenAI key", ("sk-",), rf"sk-([A-Za-z0-9]{{20}}{_OPENAI_INFIX}[A-Za-z0-9]{{20}})"),
    Shape("anthropic", "Anthropic API key", ("sk-ant-",), r"sk-ant-(?:api03|admin01)-([\w-]{93}AA)"),
    Shape("anthropic-oauth", "Anthropic OAuth token", ("sk-ant-o",), r"sk-ant-o[ar]t01-([\w-]{20,200})"),
    Shape("wandb", "Weights & Biases API key", ("wandb_v1_",), r"wandb_v1_([A-Za-z0-9_]{77})"),
    Shape("kaggle", "Kaggle API token", ("KGAT_",), r"KGAT_([a-f0-9]{32})"),
    Shape("replicate", "Replicate API token", ("r8_",), r"r8_([A-Za-z0-9_-]{37})"),
    Shape("groq", "Groq API key", ("gsk_",), r"gsk_([A-Za-z0-9]{52})"),
    Shape("xai", "xAI API key", ("xai-",), r"xai-([A-Za-z0-9_-]{70,120})"),
    Shape("google-api-key", "Google API key", ("AIza",), r"AIza([\w-]{35})"),
    Shape("gemini", "Gemini API key", ("AQ.Ab8RN6",), r"AQ\.Ab8RN6([\w-]{44})"),
    Shape(
        "azure-ai",
        "Azure AI key",
        ("JQQJ9",),
        r"([0-9A-Za-z]{52}JQQJ9[9DH][0-9A-Za-z]{26}(?:[0-9A-Za-z=]{4})?)",
        lead=(52,),
    ),
    Shape(
        "bedrock", "AWS Bedrock API key", ("ABSK",), r"ABSK([A-Za-z0-9+/]{109,269}={0,2})", judge=structure.is_base64
    ),
    Shape(
        "bedrock-session",
        "AWS Bedrock session key",
        ("bedrock-api-key-",),
        r"bedrock-api-key-(YmVkcm9jay5hbWF6b25hd3MuY29t[A-Za-z0-9+/=_-]{20,4000})",
    ),
    Shape("databricks", "Databricks token", ("dapi",), r"dapi([a-f0-9]{32}(?:-\d)?)"),
    Shape(
        "neptune",
        "Neptune API token",
        ("eyJhcGlfYWRkcmVzcyI6",),
        r"(eyJhcGlfYWRkcmVzcyI6[A-Za-z0-9+/_-]{80,1000}={0,2})",
        judge=structure.is_neptune,
    ),
    Shape("langsmith", "LangSmith API key", ("lsv2_",), r"lsv2_(?:pt|sk)_([a-f0-9]{32}_[a-f0-9]{10})"),
    Shape("langfuse", "Langfuse secret key", ("sk-lf-",), rf"sk-lf-({_UUID})"),
    Shape("langfuse-public", "Langfuse public key", ("pk-lf-",), rf"pk-lf-({_UUID})", level=Level.NOTE),
    Shape("pinecone", "Pinecone API key", ("pcsk_",), r"pcsk_([A-Za-z0-9]{5,6}_[A-Za-z0-9]{63})"),
    Shape("together", "Together API key", ("tgp_v1_",), r"tgp_v1_([\w-]{43})"),
    Shape("nvidia", "NVIDIA API key", ("nvapi-",), r"nvapi-([\w-]{60,70})"),
    Shape("perplexity", "Perplexity API key", ("pplx-",), r"pplx-([A-Za-z0-9]{48})"),
    Shape("elevenlabs", "ElevenLabs API key", ("sk_",), r"sk_([a-f0-9]{48})"),
    Shape("runpod", "RunPod API key", ("rpa_",), r"rpa_([A-Z0-9]{40}[A-Za-z0-9]{6})"),
    Shape("openrouter", "OpenRouter API key", ("sk-or-v1-",), r"sk-or-v1-([a-f0-9]{64})"),
    Shape("cerebras", "Cerebras API key", ("csk-",), r"csk-([a-z0-9]{48})"),
    Shape("jina", "Jina API key", ("jina_",), r"jina_([A-Za-z0-9]{60})"),
    Shape("tavily", "Tavily API key", ("tvly-",), r"tvly-((?:dev-|prod-)?[A-Za-z0-9]{32,40})"),
    Shape("llama-cloud", "LlamaCloud API key", ("llx-",), r"llx-([A-Za-z0-9]{44,52})"),
    Shape("minimax", "MiniMax API key", ("sk-api-",), r"sk-api-([\w-]{119})"),
    Shape("devin", "Devin API key", ("cog_",), r"cog_([a-z2-7]{52})"),
    Shape("devin-service", "Devin API key", ("apk_",), r"apk_([A-Za-z0-9_=-]{80,180})"),
    Shape("vercel-ai", "Vercel AI gateway key", ("vck_",), r"vck_([\w-]{56})"),
    Shape("prefect", "Prefect API key", ("pnu_", "pnb_"), r"pn[ub]_([A-Za-z0-9]{36})"),
    # From here on the prefix alone says too little.
    Shape("anyscale", "Anyscale token", ("esecret_",), r"esecret_([A-Za-z0-9]{20,80})", is_sharp=False),
    Shape(
        "anyscale-platform",
        "Anyscale token",
        ("aph0_",),
        r"aph0_([A-Za-z0-9_-]{20,120})",
        ("anyscale",),
        is_sharp=False,
    ),
    Shape("fireworks", "Fireworks API key", ("fw_",), r"fw_([A-Za-z0-9]{22,48})", ("fireworks",), is_sharp=False),
    Shape("modal-id", "Modal token id", ("ak-",), r"ak-([A-Za-z0-9]{20,26})", ("modal",), is_sharp=False),
    Shape("modal-secret", "Modal token secret", ("as-",), r"as-([A-Za-z0-9]{20,26})", ("modal",), is_sharp=False),
    Shape("voyage", "Voyage API key", ("pa-", "al-"), r"(?:pa|al)-([\w-]{43})", ("voyage",), is_sharp=False),
    Shape("cursor", "Cursor API key", ("key_",), r"key_([a-f0-9]{64})", ("cursor",), is_sharp=False),
    Shape(
        "deepseek",
        "DeepSeek API key",
        ("sk-",),
        r"sk-([a-f0-9]{32})",
        ("deepseek", "dashscope", "qwen"),
        is_sharp=False,
    ),
    Shape("stability", "Stability API key", ("sk-",), r"sk-([A-Za-z0-9]{48})", ("stability",), is_sharp=False),
    Shape("moonshot", "Moonshot API key", ("sk-",), r"sk-([\w-]{48})", ("moonshot", "kimi"), is_sharp=False),
    Shape("scale", "Scale API key", ("live_",), r"live_([a-f0-9]{32})", ("scale",), is_sharp=False),
    # OpenAI's infix where a key stands inside base64, in its two other alignments.
    Shape(
        "openai-base64",
        "OpenAI key in base64",
        ("9wZW5BS", "PcGVuQU"),
        r"(?:9wZW5BS|PcGVuQU)([A-Za-z0-9+/]{24,400}={0,2})",
        ("openai", "sk-", "authorization", "api_key", "data:"),
        is_sharp=False,
    ),
)

NAMED_SHAPES: tuple[NamedShape, ...] = (
    NamedShape(
        "wandb-legacy",
        "Weights & Biases API key",
        ("wandb",),
        r"[a-f0-9]{40}",
        ("wandb.login(", "wandb login", "api.wandb.ai"),
    ),
    NamedShape("kaggle-legacy", "Kaggle API key", ("kaggle",), r"[a-f0-9]{32}"),
    NamedShape(
        "cohere",
        "Cohere API key",
        ("cohere", "coapikey"),
        r"[A-Za-z0-9]{40}",
        ("cohere.Client(", "cohere.ClientV2(", "cohere.AsyncClient(", "cohere.AsyncClientV2("),
    ),
    NamedShape(
        "azure-openai",
        "Azure OpenAI key",
        ("azure",),
        r"[a-f0-9]{32}",
        ("AzureOpenAI(", "AzureChatOpenAI(", ".openai.azure.com"),
    ),
    NamedShape("pinecone-legacy", "Pinecone API key", ("pinecone",), _UUID, ("pinecone.init(", "Pinecone(")),
    NamedShape("together-legacy", "Together API key", ("together",), r"[a-f0-9]{64}", ("Together(",)),
    NamedShape("mistral", "Mistral API key", ("mistral",), r"[A-Za-z0-9]{32}", ("Mistral(", "MistralClient(")),
    NamedShape(
        "elevenlabs-legacy",
        "ElevenLabs API key",
        ("elevenlabs", "xiapikey", "eleven"),
        r"[a-f0-9]{32}",
        ("ElevenLabs(",),
    ),
    NamedShape("assemblyai", "AssemblyAI API key", ("assemblyai", "aai"), r"[a-f0-9]{32}", ("aai.settings.api_key",)),
    NamedShape("deepgram", "Deepgram API key", ("deepgram",), r"[a-f0-9]{40}", ("DeepgramClient(", "Deepgram(")),
    NamedShape(
        "zai", "Z.ai API key", ("zhipu", "zai", "glm", "bigmodel"), r"[a-f0-9]{32}\.[A-Za-z0-9]{16}", ("ZhipuAI(",)
    ),
    NamedShape("ollama", "Ollama API key", ("ollama",), r"[a-f0-9]{32}\.[\w-]{24}"),
    NamedShape("upstage", "Upstage API key", ("upstage",), r"[A-Za-z0-9_]{32,50}"),
    NamedShape("snowflake", "Snowflake token", ("snowflake",), r"[A-Za-z0-9_.=-]{100,500}"),
    NamedShape("ngc", "NVIDIA NGC key", ("ngc", "nvidia"), r"[A-Za-z0-9+/]{80,100}={0,2}", judge=structure.is_ngc),
    NamedShape(
        "label-studio",
        "Label Studio token",
        ("labelstudio",),
        r"[a-f0-9]{40}",
        ("label_studio_sdk.Client(", "LabelStudio("),
        is_published=False,
    ),
    NamedShape(
        "comet",
        "Comet API key",
        ("comet",),
        r"[A-Za-z0-9]{25}|[A-Za-z0-9]{32,64}",
        ("comet_ml.init(", "comet_ml.login(", "comet_ml.Experiment(", "Experiment("),
        is_published=False,
    ),
    NamedShape(
        "weaviate",
        "Weaviate API key",
        ("weaviate", "wcd", "wcs"),
        r"[A-Za-z0-9]{32,40}|[A-Za-z0-9+/]{60,120}={0,2}",
        ("AuthApiKey(", "Auth.api_key("),
        is_published=False,
    ),
    NamedShape(
        "zilliz",
        "Zilliz token",
        ("zilliz", "milvus"),
        r"[a-f0-9]{72}|db_[a-f0-9]+:[^\s\"'\\]{8,64}",
        ("MilvusClient(",),
        is_published=False,
    ),
    NamedShape(
        "roboflow",
        "Roboflow API key",
        ("roboflow",),
        r"[A-Za-z0-9]{20}",
        ("Roboflow(", "InferenceHTTPClient("),
        is_published=False,
    ),
    NamedShape(
        "clearml",
        "ClearML credentials",
        ("clearml", "trains"),
        r"[A-Za-z0-9_-]{20,64}",
        ("Task.set_credentials(",),
        is_published=False,
    ),
    NamedShape(
        "fireworks-legacy",
        "Fireworks API key",
        ("fireworks",),
        r"[A-Za-z0-9]{40,64}",
        ("Fireworks(", "ChatFireworks("),
        is_published=False,
    ),
    NamedShape("lightning", "Lightning API key", ("lightning",), r"[A-Za-z0-9-]{32,64}", is_published=False),
    NamedShape("vast", "Vast.ai API key", ("vast",), r"[a-f0-9]{64}", is_published=False),
    NamedShape(
        "lambda-cloud",
        "Lambda Cloud API key",
        ("lambdaapi", "lambdacloud"),
        r"(?:secret_)?[\w.-]{32,120}",
        is_published=False,
    ),
    NamedShape("paperspace", "Paperspace API key", ("paperspace",), r"[a-f0-9]{30,40}", is_published=False),
    NamedShape("snorkel", "Snorkel API key", ("snorkel",), r"[\w.-]{32,120}", is_published=False),
    NamedShape(
        "ultralytics",
        "Ultralytics API key",
        ("ultralytics",),
        r"[a-f0-9]{40,44}|ul_[a-f0-9]{40}",
        ("hub.login(",),
        is_published=False,
    ),
    NamedShape("unstructured", "Unstructured API key", ("unstructured",), r"[A-Za-z0-9]{30,40}", is_published=False),
    NamedShape("gradient", "Gradient access token", ("gradient",), r"[A-Za-z0-9]{32}", is_published=False),
)
