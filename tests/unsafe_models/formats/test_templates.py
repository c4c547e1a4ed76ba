"""Chat templates: the ways out that are known, and the templates that models really have."""

from __future__ import annotations

import json
from typing import Any

import pytest
from model_formats import findings_of

from mlhooks.core.finding import Level

LOOP = "{% for message in messages %}{{ message.content }}{% endfor %}"

ESCAPES = [
    pytest.param("{{ ().__class__.__base__.__subclasses__() }}", "__subclasses__", id="CVE-2024-34359: attributes"),
    pytest.param("{{ ''['__class__'] }}", "__class__", id="CVE-2026-5760: subscript"),
    pytest.param("{{ x|attr('__class__') }}", "__class__", id="filter attr"),
    pytest.param("{{ x|attr(name) }}", "attr", id="filter attr with a name of its own"),
    pytest.param("{{ x|map(attribute='__class__')|list }}", "__class__", id="filter map"),
    pytest.param("{{ ['x']|map('attr', '__class__')|list }}", "__class__", id="attr inside of map"),
    pytest.param("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "__globals__", id="cycler"),
    pytest.param("{{ joiner.x }}", "joiner", id="a helper's attribute"),
    pytest.param("{{ lipsum.__globals__['os'] }}", "__globals__", id="lipsum"),
    pytest.param("{{ self._TemplateReference__context }}", "_TemplateReference__context", id="the template's context"),
    pytest.param("{{ x['__cla' ~ 'ss__'] }}", "__class__", id="concatenated"),
    pytest.param("{{ x['__cla' + 'ss__'] }}", "__class__", id="added"),
    pytest.param("{{ x['_' * 2 ~ 'class' ~ '_' * 2] }}", "__class__", id="repeated"),
    pytest.param("{{ x['__ssalc__'[::-1]] }}", "__class__", id="reversed by a slice"),
    pytest.param("{{ x['__ssalc__'|reverse] }}", "__class__", id="reversed by a filter"),
    pytest.param("{{ x['__CLASS__'|lower] }}", "__class__", id="lower case"),
    pytest.param("{{ x[['__cla', 'ss__']|join] }}", "__class__", id="joined"),
    pytest.param("{% set a = '__cla' %}{% set b = 'ss__' %}{{ x[a ~ b] }}", "__class__", id="through variables"),
    pytest.param(
        "{% set ns = namespace() %}{% set ns.a = '__cla' %}{{ x[ns.a ~ 'ss__'] }}",
        "__class__",
        id="through a namespace",
    ),
    pytest.param("{% set a %}__class__{% endset %}{{ x[a] }}", "__class__", id="captured text"),
    pytest.param("{{ x['\\x5f\\x5fclass\\x5f\\x5f'] }}", "__class__", id="escapes in a string"),
    pytest.param("{{ x['__%s__' % 'class'] }}", "built name", id="formatted with %"),
    pytest.param("{{ x['__{}__'.format('class')] }}", "built name", id="formatted"),
    pytest.param("{{ x['__xclassx__'.replace('x', '')] }}", "built name", id="replaced"),
    pytest.param("{{ x['{}'|format('a')] }}", "built name", id="filter format"),
    pytest.param(
        "{% set u = (x|string|list)[3] %}{{ x[u ~ u ~ 'class' ~ u ~ u] }}", "built name", id="from characters"
    ),
    pytest.param("{{ '{0.__class__}'.format(x) }}", "__class__", id="format reads attributes"),
    pytest.param("{% macro m() %}__class__{% endmacro %}{{ x[m()] }}", "built name", id="the text of a macro"),
    pytest.param("{{ x[dict(__class__=1)|list|first] }}", "__class__", id="the name of a keyword"),
    pytest.param("{% include '/etc/passwd' %}", "include", id="include"),
    pytest.param("{% import 'x' as y %}", "include", id="import"),
    pytest.param("{% for i in range(999999999) %}{% endfor %}", "range", id="counts for ever"),
    pytest.param("{{ x.gi_frame.f_back }}", "f_back", id="frames"),
    pytest.param(
        "{{ [x]|map(attribute='gi_frame.f_builtins')|list }}", "gi_frame.f_builtins", id="a way in filter map"
    ),
    pytest.param("{{ [x]|sort(false, false, 'f_globals') }}", "f_globals", id="a place in filter sort"),
    pytest.param("{{ [x]|sum('gi_frame.f_back') }}", "gi_frame.f_back", id="a place in filter sum"),
    pytest.param("{{ [x]|groupby('cr_frame.f_builtins') }}", "cr_frame.f_builtins", id="filter groupby"),
    pytest.param("{% macro m() %}{% endmacro %}{{ m._environment }}", "_environment", id="a macro's environment"),
    pytest.param("{% for k in [['__cla', 'ss__']|join] %}{{ x[k] }}{% endfor %}", "__class__", id="through a loop"),
    pytest.param("{% for k, v in [('a', PARTS)] %}{{ x[v] }}{% endfor %}", "__class__", id="through a loop over pairs"),
    pytest.param("{% for k, v in {'a': PARTS}.items() %}{{ x[v] }}{% endfor %}", "__class__", id="through items()"),
    pytest.param("{% for k in {PARTS: 1} %}{{ x[k] }}{% endfor %}", "__class__", id="through a key"),
    pytest.param("{% with k = PARTS %}{{ x[k] }}{% endwith %}", "__class__", id="through with"),
    pytest.param("{% set a, b = PARTS, 1 %}{{ x[a] }}", "__class__", id="through two at once"),
    pytest.param("{% macro m(k) %}{{ x[k] }}{% endmacro %}{{ m(PARTS) }}", "__class__", id="through an argument"),
    pytest.param("{% macro m(k) %}{{ x[k] }}{% endmacro %}{{ m(k=PARTS) }}", "__class__", id="through a keyword"),
    pytest.param("{% macro m(k=PARTS) %}{{ x[k] }}{% endmacro %}{{ m() }}", "__class__", id="through a default"),
    pytest.param(
        "{% macro m() %}{{ caller(PARTS) }}{% endmacro %}{% call(k) m() %}{{ x[k] }}{% endcall %}",
        "__class__",
        id="through a caller",
    ),
    pytest.param("{% set d = {'k': PARTS} %}{{ x[d.k] }}", "__class__", id="through a dict"),
    pytest.param(
        "{% set d = {'a': 1} %}{% set d = {'k': PARTS} %}{{ x[d['k']] }}", "__class__", id="through two dicts"
    ),
    pytest.param("{% set d = dict(k=PARTS) %}{{ x[d.get('k')] }}", "__class__", id="through dict()"),
    pytest.param("{% set ns = namespace(k=PARTS) %}{{ x[ns.k] }}", "__class__", id="through namespace()"),
    pytest.param("{% set l = [1] + [PARTS] %}{{ x[l|last] }}", "__class__", id="through a list"),
    pytest.param("{% set l = [] %}{% do l.append(PARTS) %}{{ x[l[0]] }}", "__class__", id="through append"),
    pytest.param("{{ x[y or PARTS] }}", "__class__", id="through or"),
    pytest.param("{{ x[y|default(PARTS)] }}", "__class__", id="through a default value"),
    pytest.param("{{ x[[" + "'a', " * 1500 + "PARTS][1500]] }}", "built name", id="far down in a list"),
    pytest.param(
        "{% for k in '__cxss__'|replace('x', 'la')|batch(1) %}{{ x[k] }}{% endfor %}", "built name", id="a part"
    ),
    pytest.param("{{ x[bos_token][eos_token] }}", "built name", id="texts that the model gives"),
    pytest.param("{% set k = additional_special_tokens[0] %}{{ x[k] }}", "built name", id="one of the model's texts"),
    pytest.param(
        "{% if true %}{% for i in [1] %}{% macro m() %}{{ x.__init__ }}{% endmacro %}{% endfor %}{% endif %}",
        "__init__",
        id="deep",
    ),
]


@pytest.mark.parametrize(("template", "subject"), ESCAPES)
def test_an_escape_is_found_in_every_file_that_holds_templates(template: str, subject: str, look: Any) -> None:
    text = LOOP + "\n" + template.replace("PARTS", "['__cla', 'ss__']|join")
    expected = f"template-escape: {subject}"
    assert expected in look("chat_template.jinja", text.encode())
    assert expected in look("templates/qwen.jinja", text.encode())
    assert expected in look("tokenizer_config.json", json.dumps({"chat_template": text}).encode())
    named = {"chat_template": [{"name": "default", "template": LOOP}, {"name": "tools", "template": text}]}
    assert expected in look("tokenizer_config.json", json.dumps(named).encode())
    assert expected in look("chat_template.json", json.dumps({"chat_template": text}).encode())
    assert expected in look("processor_config.json", json.dumps({"a": {"chat_template": {"b": text}}}).encode())


HONEST = [
    LOOP,
    "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n'}}{% endfor %}",
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set system_message = messages[0]['content'] %}"
    "{% set loop_messages = messages[1:] %}{% endif %}{{ raise_exception('no') if not messages else strftime_now('%d') "
    "}}",
    "{%- set ns = namespace(found=false, last=messages|length - 1) %}{%- for message in messages[::-1] %}"
    "{%- set index = (messages|length - 1) - loop.index0 %}{%- set ns.last = index %}{{ messages[ns.last].content "
    "}}{%- endfor %}",
    "{% for message in messages %}{% generation %}{{ message.content }}{% endgeneration %}{% continue %}{% endfor %}",
    "{% macro render(item) %}{{ item.type }}: {{ item['x'] }}{% endmacro %}{{ render(tools[0]) | tojson(indent=2) }}",
    "{% set content = message.content.split('</think>')[-1].lstrip('\\n') %}{{ content }}",
    "{% for key, value in tool['properties'] | dictsort %}{{ tool['properties'][key] }}{% endfor %}",
    "{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | join('__') }}",
    "{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}{{ roles[role] }}{{ "
    "message['system'] }}",
    "{{ message.system }}{{ message['_id'] }}{{ tool.get('_json') }}{{ '__start__' + name + '<__end__>' }}",
    "{% set attrs = [('role', 'user')] %}{% set attrs = attrs + [('name', m.name)] %}{{ attrs[0][1] + '=' + "
    "attrs[0][0] }}",
    "{% set key_map = {'user': 'USER'} %}{% set k = message.role %}{{ key_map[k] }}{{ key_map[message.role | lower] }}",
    "{{ '{}: {}'.format(message.role, message.content) }}{{ '%s!' | format(x) }}{{ 'a' * 3 }}{{ range(10) }}",
    "{% set image_count = namespace(value=0) %}{% set image_count.value = image_count.value + 1 %}{{ "
    "pics[image_count.value] }}",
    "{% set loop_messages = messages + [{'role': 'user', 'content': a ~ b}] %}{% for m in loop_messages %}"
    "{{ names[m.role] }}{{ names[loop_messages[0]['role']] }}{% endfor %}",
    "{% macro show(name, spec, indent='  ') %}{{ indent ~ name }}: {{ types[spec.type] }}{{ spec[name] }}{% endmacro %}"
    "{% for name, spec in tool.properties.items() %}{{ show(name, spec) }}{{ show(name, spec, '\t' * 2) }}{% endfor %}",
    "{% set seen = namespace(ids=[], n=0) %}{% set seen.ids = seen.ids + [m.id] %}{{ calls[seen.n] }}{{ seen.ids[0] }}",
    "{% for key, text in {'user': bos_token ~ 'U', 'tool': 'T'}.items() %}{{ m[key] }}{{ text }}{% endfor %}",
    "{% set text = bos_token + '[INST]' %}{{ text + eos_token }}{% set l = [] %}{{ l.append(text ~ '\n') }}{{ l[0] }}",
    "{% set kinds = ['a', 'b'] %}{% for kind in kinds if kind in m %}{{ m[kind] | trim }}{% endfor %}",
    "{{ (m.content | default('') | string)[:100] }}{{ tools | sort(attribute='function.name') | tojson }}",
    "no template at all: __class__",
]


@pytest.mark.parametrize("template", HONEST)
def test_an_ordinary_template_is_quiet(template: str, look: Any) -> None:
    assert look("chat_template.jinja", template.encode()) == []
    assert look("tokenizer_config.json", json.dumps({"chat_template": template}).encode()) == []


def test_the_line_is_that_of_the_template_or_of_its_key() -> None:
    assert findings_of("chat_template.jinja", b"{{ a }}\n\n{{ a.__class__ }}")[0].location.line == 3
    found = findings_of("tokenizer_config.json", b'{\n "a": 1,\n "chat_template": "{{ a.__class__ }}"\n}')[0]
    assert (found.location.line, found.location.where) == (3, "chat_template, line 1 of the template")


@pytest.mark.parametrize(
    ("template", "why"),
    [
        pytest.param("{{ a", "cannot be parsed", id="cut off"),
        pytest.param("{% frobnicate %}", "cannot be parsed", id="an unknown tag"),
        pytest.param("{{ " + "(" * 20_000 + ")" * 20_000 + " }}", "nested too deeply", id="nested"),
        pytest.param("{{ a }}" + "x" * 1_000_001, "too many", id="too long"),
    ],
)
def test_a_template_that_cannot_be_read_is_not_called_clean(template: str, why: str, look: Any) -> None:
    (said,) = look("chat_template.jinja", template.encode())
    assert said.startswith("unscannable: ")
    assert why in said


@pytest.mark.parametrize("name", ["page.jinja", "macro.j2", "site/index.html.jinja"])
def test_templates_of_other_things_are_their_authors_business(name: str, look: Any) -> None:
    assert look(name, b"{% include 'header' %}{{ x.__class__ }}") == []


def test_long_sums_do_not_hang(look: Any) -> None:
    template = "{{ x[" + "+".join(["'a'"] * 3000) + "] }}{{ 'a' * 999999999 * 99999999 }}"
    assert look("chat_template.jinja", template.encode(), level=Level.ERROR) in (
        [],
        look("chat_template.jinja", template.encode()),
    )


# --- configurations ---------------------------------------------------------------------------------------------------

CONFIGS = [
    pytest.param(
        {"auto_map": {"AutoModel": "acme/model--modeling.Net"}},
        ["model-remote-code: acme/model--modeling.Net"],
        id="another repository",
    ),
    pytest.param(
        {"auto_map": {"AutoTokenizer": ["a/b--t.Slow", None]}}, ["model-remote-code: a/b--t.Slow"], id="a list of two"
    ),
    pytest.param({"a": [{"auto_map": {"AutoModel": "x/y--m.N"}}]}, ["model-remote-code: x/y--m.N"], id="nested"),
    pytest.param({"auto_map": {"A": "x/y--m\nn.N"}}, ["model-remote-code: x/y--m\nn.N"], id="a name over two lines"),
    pytest.param({"trust_remote_code": True}, ["model-remote-code: trust_remote_code"], id="asks for trust"),
    pytest.param({"trust_remote_code": "true"}, ["model-remote-code: trust_remote_code"], id="asks with a text"),
    pytest.param(
        {"custom_pipelines": {"p": {"impl": "a/b--pipe.P"}}}, ["model-remote-code: a/b--pipe.P"], id="a pipeline"
    ),
    pytest.param(
        {"head": {"_target_": "os.system"}},
        ["model-foreign-name: os.system"],
        id="CVE-2025-23304: a target in a configuration",
    ),
    pytest.param({"auto_map": {"AutoModel": "modeling.Net"}}, [], id="code next to it is a note"),
    pytest.param({"architectures": ["BertModel"], "trust_remote_code": False}, [], id="an ordinary one"),
    pytest.param({"limit": [0.0, float("inf")], "mask": float("nan")}, [], id="numbers that only Python knows"),
    pytest.param(
        {"in_features": 4, "activation_function": "os.getcwd"}, ["model-foreign-name: os.getcwd"], id="a Dense layer"
    ),
    pytest.param(
        {"sentence_transformers": {"activation_fn": "acme.layers.swish"}},
        ["model-foreign-name: acme.layers.swish"],
        id="a cross encoder",
    ),
    pytest.param({"activation_function": "torch.nn.modules.activation.Tanh"}, [], id="an activation of torch"),
    pytest.param({"activation_function": "gelu_new"}, [], id="an activation of transformers"),
    pytest.param(
        {"attn_implementation": "acme/attention"}, ["model-remote-code: acme/attention"], id="an attention kernel"
    ),
    pytest.param({"attn_implementation": "flash_attention_2"}, [], id="an attention of transformers"),
    pytest.param(
        {"auto_mapping": {"base_model_class": "system", "parent_library": "os"}},
        ["model-foreign-name: os"],
        id="a base model",
    ),
    pytest.param({"auto_mapping": {"parent_library": "__main__"}}, [], id="a base model of a script"),
    pytest.param(
        {"extra_special_tokens": {"k": "__class__"}}, ["template-escape: __class__"], id="a text for templates"
    ),
    pytest.param({"extra_special_tokens": {"image_token": "<image>"}, "bos_token": "__"}, [], id="ordinary texts"),
]


@pytest.mark.parametrize(("config", "expected"), CONFIGS)
def test_configurations_that_name_code(config: Any, expected: list[str], look: Any) -> None:
    assert look("config.json", json.dumps(config).encode()) == expected
    assert look("adapter_config.json", json.dumps(config).encode()) == expected
    assert look("results.json", json.dumps(config).encode()) == [], "other files are not read by a loader"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param(
            "modules.json", [{"path": "", "type": "os.system"}], ["model-foreign-name: os.system"], id="a module"
        ),
        pytest.param(
            "modules.json",
            [{"path": "", "type": "acme/st--custom_st.Transformer"}],
            ["model-remote-code: acme/st--custom_st.Transformer"],
            id="a module of another repository",
        ),
        pytest.param(
            "modules.json",
            [{"path": "", "type": "custom_st.Transformer"}],
            ["model-remote-code: custom_st.Transformer"],
            id="a module next to it",
        ),
        pytest.param(
            "modules.json",
            [{"path": "../../x", "type": "sentence_transformers.models.Dense"}],
            ["model-file-access: ../../x"],
            id="a module outside",
        ),
        pytest.param(
            "modules.json",
            [{"idx": 0, "name": "0", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}],
            [],
            id="an ordinary module",
        ),
        pytest.param("modules.json", [{"name": "a.js", "type": "module"}, 1, {"type": "a.b"}], [], id="other modules"),
        pytest.param(
            "model_index.json", {"unet": ["os", "system"]}, ["model-foreign-name: os.system"], id="a component"
        ),
        pytest.param(
            "model_index.json",
            {"_class_name": ["my_pipeline", "Pipe"]},
            ["model-remote-code: my_pipeline.Pipe"],
            id="a pipeline next to it",
        ),
        pytest.param(
            "model_index.json",
            {
                "_class_name": "StableDiffusionPipeline",
                "unet": ["diffusers", "UNet2DConditionModel"],
                "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
                "feature_extractor": [None, None],
                "scale": [1, 2],
            },
            [],
            id="an ordinary pipeline",
        ),
    ],
)
def test_parts_of_models(name: str, value: Any, expected: list[str], look: Any) -> None:
    assert look(name, json.dumps(value).encode(), level=Level.NOTE) == expected


def test_the_first_of_two_values_is_judged_whatever_else_stands_twice(look: Any) -> None:
    text = b'{"a": 1, "a": 2, "chat_template": "{{ x.__class__ }}", "chat_template": "{{ x }}"}'
    assert look("tokenizer_config.json", text) == ["template-escape: __class__"]


def test_code_next_to_the_configuration_is_a_note(look: Any) -> None:
    config = b'{"auto_map": {"AutoModel": "modeling.Net"}}'
    assert look("config.json", config, level=Level.NOTE) == ["model-remote-code: modeling.Net"]


def test_a_key_that_stands_twice(look: Any) -> None:
    assert look("config.json", b'{"auto_map": {}, "auto_map": {}}') == ["model-malformed: auto_map"]


def test_a_configuration_that_is_no_json(look: Any) -> None:
    assert "not valid JSON" in look("config.json", b"{")[0]
    assert "nested too deeply" in look("config.json", b"[" * 100_000)[0]
