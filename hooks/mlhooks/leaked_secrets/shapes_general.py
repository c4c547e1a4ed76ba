"""Tokens of clouds, code hosts, registries, chats, payment and other services, in the form of the same table."""

from __future__ import annotations

from mlhooks.core.finding import Level
from mlhooks.leaked_secrets import structure
from mlhooks.leaked_secrets.shape import NamedShape, Shape

# Everything up to the next five dashes: the structure test tells a key from other text.
_PEM = (
    r"-----BEGIN (?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED|SSH2 ENCRYPTED|PGP) )?PRIVATE KEY(?: BLOCK)?-----"
    r"((?:[^-]|-(?!----)){64,12000})"
)

KEY_SHAPES: tuple[Shape, ...] = (
    Shape("private-key", "private key", ("-----BEGIN",), _PEM, judge=structure.is_private_key),
    Shape(
        "putty-key",
        "PuTTY private key",
        ("PuTTY-User-Key-File-",),
        r"PuTTY-User-Key-File-\d:[ -~\s]{10,3000}?Private-Lines: \d+\s+([A-Za-z0-9+/=\s]{64,4000})",
    ),
    Shape(
        "age-key", "age secret key", ("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1([QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58})"
    ),
)

GENERAL_SHAPES: tuple[Shape, ...] = (
    # Clouds
    Shape(
        "aws-access-key-id",
        "AWS access key id",
        ("AKIA", "ASIA", "ABIA", "ACCA"),
        r"(?:AKIA|ASIA|ABIA|ACCA)([A-Z2-7]{16})",
        judge=structure.is_aws_id,
    ),
    Shape("aws-access-key-id-old", "AWS access key id", ("A3T",), r"A3T([A-Z0-9][A-Z2-7]{16})", is_sharp=False),
    Shape("google-oauth-secret", "Google OAuth client secret", ("GOCSPX-",), r"GOCSPX-([\w-]{28})"),
    Shape("google-refresh-token", "Google OAuth refresh token", ("1//0",), r"1//0([\w-]{60,120})"),
    Shape("google-access-token", "Google OAuth access token", ("ya29.",), r"ya29\.([\w-]{60,500})"),
    Shape(
        "azure-storage",
        "Azure storage key",
        ("AccountKey=",),
        r"AccountKey=([A-Za-z0-9+/]{86}==)",
        judge=structure.is_64_bytes,
    ),
    Shape(
        "azure-shared-access", "Azure shared access key", ("SharedAccessKey=",), r"SharedAccessKey=([A-Za-z0-9+/]{43}=)"
    ),
    Shape(
        "azure-sas", "Azure shared access signature", ("sig=",), r"sig=([A-Za-z0-9%+/]{43,63}(?:%3D|=))", ("se=", "sv=")
    ),
    Shape("azure-ad", "Azure AD client secret", ("Q~",), r"([\w~.]{3}\dQ~[\w~.-]{31,34})", lead=(4,)),
    Shape("digitalocean", "DigitalOcean token", ("dop_v1_", "doo_v1_", "dor_v1_"), r"do[opr]_v1_([a-f0-9]{64})"),
    Shape("heroku", "Heroku API key", ("HRKU-",), r"HRKU-(AA[\w-]{58})"),
    Shape("fly", "Fly.io token", ("fo1_", "fm2_"), r"(?:fo1_|fm2_)([\w+/=-]{43,600})"),
    Shape("alibaba", "Alibaba Cloud access key id", ("LTAI",), r"LTAI([A-Za-z0-9]{20})"),
    Shape(
        "terraform", "Terraform Cloud token", (".atlasv1.",), r"([A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70})", lead=(14,)
    ),
    # Code hosts and registries
    Shape(
        "github",
        "GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        r"gh[pousr]_([A-Za-z0-9]{36})",
        judge=structure.has_checksum,
    ),
    Shape(
        "github-fine-grained",
        "GitHub token",
        ("github_pat_",),
        r"github_pat_([A-Za-z0-9]{22}_[A-Za-z0-9]{59})",
        judge=structure.has_checksum,
    ),
    Shape("gitlab-routable", "GitLab token", ("glpat-",), r"glpat-([\w-]{27,300}\.[0-9a-z]{2}\.?[0-9a-z]{7,9})"),
    Shape(
        "gitlab",
        "GitLab token",
        (
            "glpat-",
            "gldt-",
            "glft-",
            "glrt-",
            "glptt-",
            "glcbt-",
            "gloas-",
            "glimt-",
            "glsoat-",
            "glagent-",
            "GR1348941",
        ),
        r"(?:gl(?:pat|dt|ft|rt|ptt|cbt|oas|imt|soat|agent)-|GR1348941)([\w-]{20,70})",
    ),
    Shape("npm", "npm token", ("npm_",), r"npm_([A-Za-z0-9]{36})", judge=structure.has_checksum),
    Shape(
        "pypi",
        "PyPI token",
        ("pypi-AgE",),
        r"pypi-(AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[\w-]{50,1000})",
        judge=structure.is_macaroon,
    ),
    Shape("rubygems", "RubyGems key", ("rubygems_",), r"rubygems_([a-f0-9]{48})"),
    Shape("docker-hub", "Docker Hub token", ("dckr_pat_",), r"dckr_pat_([\w-]{27})"),
    Shape("docker-hub-org", "Docker Hub token", ("dckr_oat_",), r"dckr_oat_([\w-]{32})"),
    Shape("atlassian", "Atlassian API token", ("ATATT3",), r"ATATT3([A-Za-z0-9_=-]{100,250})"),
    Shape("bitbucket", "Bitbucket app password", ("ATBB",), r"ATBB([A-Za-z0-9]{24}[A-F0-9]{8})"),
    # Chat and mail
    Shape(
        "slack",
        "Slack token",
        ("xoxb-", "xoxp-", "xoxa-", "xoxs-", "xoxr-", "xoxo-"),
        r"xox[abposr]-((?:\d+-)+[A-Za-z0-9-]{10,80}|\d-[A-Za-z0-9]{20,200})",
    ),
    Shape("slack-app", "Slack app token", ("xapp-",), r"xapp-(\d-[A-Z0-9]+-\d+-[a-z0-9]{20,100})"),
    Shape(
        "slack-configuration", "Slack configuration token", ("xoxe.xox",), r"xoxe\.xox[bp]-(\d-[A-Za-z0-9]{100,300})"
    ),
    Shape(
        "slack-webhook",
        "Slack webhook",
        ("hooks.slack.com/",),
        r"hooks\.slack\.com/(?:services|workflows)/(T[A-Z0-9]{7,12}/[AB][A-Z0-9]{7,12}/[A-Za-z0-9/]{20,60})",
    ),
    Shape("discord-webhook", "Discord webhook", ("/api/webhooks/",), r"/api/webhooks/(\d{17,20}/[\w-]{60,80})"),
    Shape(
        "teams-webhook",
        "Microsoft Teams webhook",
        (".webhook.office.com/",),
        r"\.webhook\.office\.com/webhookb2/([a-z0-9@-]{60,90}/IncomingWebhook/[a-z0-9]{32})",
    ),
    # In the URLs of its interface "bot" stands directly before it.
    Shape(
        "telegram",
        "Telegram bot token",
        (":AA",),
        r"(?:bot)?(\d{8,10}:AA[\w-]{33})",
        is_sharp=False,
        lead=(8, 9, 10, 11, 12, 13),
    ),
    Shape("sendgrid", "SendGrid API key", ("SG.",), r"SG\.([\w-]{22}\.[\w-]{43})"),
    Shape(
        "mailchimp",
        "Mailchimp API key",
        ("-us",),
        r"([a-f0-9]{32}-us\d{1,2})",
        ("mailchimp",),
        lead=(32,),
        is_sharp=False,
    ),
    Shape("twilio", "Twilio API key", ("SK",), r"SK([a-f0-9]{32})", ("twilio",), is_sharp=False),
    Shape("mailgun", "Mailgun API key", ("key-",), r"key-([a-f0-9]{32})", ("mailgun",), is_sharp=False),
    Shape("brevo", "Brevo API key", ("xkeysib-",), r"xkeysib-([a-f0-9]{64}-[A-Za-z0-9]{16})"),
    # Payment and shops
    Shape(
        "stripe",
        "Stripe key",
        ("sk_live_", "rk_live_", "sk_prod_", "rk_prod_"),
        r"[rs]k_(?:live|prod)_([A-Za-z0-9]{10,99})",
    ),
    Shape(
        "stripe-test", "Stripe test key", ("sk_test_", "rk_test_"), r"[rs]k_test_([A-Za-z0-9]{10,99})", level=Level.NOTE
    ),
    Shape("stripe-webhook", "Stripe webhook secret", ("whsec_",), r"whsec_([A-Za-z0-9]{32,64})", is_sharp=False),
    Shape("square", "Square access token", ("sq0atp-",), r"sq0atp-([\w-]{22})"),
    Shape("square-oauth", "Square OAuth secret", ("sq0csp-",), r"sq0csp-([\w-]{43})"),
    Shape(
        "shopify", "Shopify token", ("shpat_", "shpca_", "shppa_", "shpss_"), r"shp(?:at|ca|pa|ss)_([a-fA-F0-9]{32})"
    ),
    # Vaults and infrastructure
    Shape("vault", "Vault token", ("hvs.", "hvb."), r"hv[sb]\.([\w-]{90,300})"),
    Shape(
        "doppler",
        "Doppler token",
        ("dp.pt.", "dp.st.", "dp.ct.", "dp.sa."),
        r"dp\.(?:pt|ct|sa|st(?:\.[a-z0-9_-]{2,35})?)\.([A-Za-z0-9]{40,44})",
    ),
    Shape(
        "1password",
        "1Password service account token",
        ("ops_eyJ",),
        r"ops_(eyJ[A-Za-z0-9+/_-]{200,2000}={0,2})",
        judge=structure.is_one_password,
    ),
    Shape(
        "1password-key",
        "1Password secret key",
        ("A3-",),
        r"A3-([A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3})",
    ),
    Shape("pulumi", "Pulumi token", ("pul-",), r"pul-([a-f0-9]{40})"),
    Shape("grafana", "Grafana token", ("glsa_",), r"glsa_([A-Za-z0-9]{32}_[a-f0-9]{8})"),
    Shape("grafana-cloud", "Grafana Cloud token", ("glc_",), r"glc_([A-Za-z0-9+/]{32,400}={0,2})"),
    Shape(
        "grafana-key",
        "Grafana API key",
        ("eyJrIjoi",),
        r"(eyJrIjoi[A-Za-z0-9+/]{60,400}={0,2})",
        judge=structure.is_grafana_key,
    ),
    Shape("sentry", "Sentry token", ("sntrys_",), r"sntrys_(eyJ[A-Za-z0-9+/=_-]{60,400})"),
    Shape("sentry-user", "Sentry token", ("sntryu_",), r"sntryu_([a-f0-9]{64})"),
    Shape("new-relic", "New Relic key", ("NRAK-",), r"NRAK-([A-Z0-9]{27})"),
    # Tools
    Shape("postman", "Postman API key", ("PMAK-",), r"PMAK-([a-f0-9]{24}-[a-f0-9]{34})"),
    Shape("notion", "Notion token", ("ntn_",), r"ntn_([0-9]{11}[A-Za-z0-9]{35})"),
    Shape("linear", "Linear API key", ("lin_api_",), r"lin_api_([A-Za-z0-9]{40})"),
    Shape("figma", "Figma token", ("figd_",), r"figd_([\w-]{38,60})"),
    Shape("airtable", "Airtable token", ("pat",), r"pat([A-Za-z0-9]{14}\.[a-f0-9]{64})"),
    Shape("supabase", "Supabase token", ("sbp_",), r"sbp_([a-f0-9]{40})"),
    Shape("supabase-secret", "Supabase secret key", ("sb_secret_",), r"sb_secret_([\w-]{31})"),
    Shape("mongodb-atlas", "MongoDB Atlas secret", ("mdb_sa_sk_",), r"mdb_sa_sk_([\w-]{40})"),
    Shape("planetscale", "PlanetScale token", ("pscale_tkn_", "pscale_pw_"), r"pscale_(?:tkn|pw)_([\w.=-]{32,64})"),
    Shape("artifactory", "Artifactory API key", ("AKCp",), r"AKCp([A-Za-z0-9]{69})"),
    Shape("artifactory-token", "Artifactory reference token", ("cmVmdGtu",), r"cmVmdGtu([A-Za-z0-9]{56})"),
    Shape(
        "jwt",
        "JSON web token",
        ("eyJ",),
        r"(eyJ[\w-]{10,2000}\.eyJ[\w-]{4,8000}\.[\w-]{20,2000})",
        judge=structure.is_jwt,
        level=Level.WARNING,
    ),
)

GENERAL_NAMED_SHAPES: tuple[NamedShape, ...] = (
    NamedShape(
        "aws-secret-key",
        "AWS secret access key",
        ("awssecret", "secretaccesskey", "awskey", "s3secret"),
        r"[A-Za-z0-9/+]{40}",
    ),
    NamedShape("datadog", "Datadog key", ("datadog", "ddapikey", "ddappkey"), r"[a-f0-9]{32}|[a-f0-9]{40}"),
    NamedShape(
        "discord-bot",
        "Discord bot token",
        ("discord", "bottoken"),
        r"[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,38}",
        ("bot.run(", "client.run("),
        judge=structure.is_discord_bot,
    ),
    NamedShape(
        "aws-session-token", "AWS session token", ("awssessiontoken", "awssecuritytoken"), r"[A-Za-z0-9/+=]{100,2048}"
    ),
)
