"""Writes golden/chat-masks.json: which text of a conversation TRL trains on (`assistant_only_loss`).

  python make-chat-masks.py > ../golden/chat-masks.json

For each family that TRL has a training template for, the model's own template, conversations, and what is rendered
between `{% generation %}` and `{% endgeneration %}`. Qwen 3's training template writes thoughts into every turn, which the
model's own does not: there the spans are those of the own template's text, marked the same way.
"""

import json
from importlib.metadata import version
from pathlib import Path

import trl
from transformers.utils.chat_template_utils import render_jinja_template

FOLDER = Path(trl.__file__).parent / "chat_templates"
FAMILIES = ["qwen2_5", "qwen3_instruct_2507", "qwen3", "llama3", "gemma", "gemma3", "phi3", "phi3_5", "cohere"]
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}

SYSTEM = {"role": "system", "content": "Be brief."}
CHATS = {
    "two turns": [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")],
    "the same words": [("user", "yes"), ("assistant", "yes"), ("user", "yes"), ("assistant", "yes\n\nyes")],
    "three turns": [("user", "Hi"), ("assistant", "  Hello!  "), ("user", "2+2?"), ("assistant", "4"), ("user", "ok"), ("assistant", "Bye.")],
}
CALL = [
    {"role": "user", "content": "Weather in Oslo?"},
    {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "weather", "arguments": {"city": "Oslo"}}}]},
    {"role": "tool", "name": "weather", "content": "7"},
    {"role": "assistant", "content": "Seven degrees."},
]
TOOLS = [{"type": "function", "function": {"name": "weather", "description": "Tells the weather.", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]


def render(template, messages, tools=None):
    texts, spans = render_jinja_template(
        conversations=[messages], tools=tools, chat_template=template, return_assistant_tokens_mask=True, add_generation_prompt=False, **TOKENS
    )
    return texts[0], [[int(a), int(b)] for a, b in spans[0]]


def main():
    families = []
    for family in FAMILIES:
        own = (FOLDER / f"{family}.jinja").read_text()
        training = (FOLDER / f"{family}_training.jinja").read_text()
        if family == "qwen3":
            start = training.index("        {{- '<|im_start|>' + message.role + '\\n' }}\n        {%- generation %}")
            end = training.index("        {%- if message.tool_calls %}", start)
            thinks = "loop.index0 > ns.last_query_index and (loop.last or (not loop.last and reasoning_content))"
            training = (
                training[:start]
                + "        {{- '<|im_start|>' + message.role + '\\n' }}\n        {%- generation %}\n        {%- if " + thinks + " %}\n"
                + "            {{- '<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}\n"
                + "        {%- else %}\n            {{- content }}\n        {%- endif %}\n"
                + training[end:]
            )
        cases = []
        chats = {name: [{"role": role, "content": content} for role, content in chat] for name, chat in CHATS.items()}
        if not family.startswith("gemma"):
            chats["system"] = [SYSTEM, *chats["two turns"]]
        if family.startswith("qwen3"):
            chats["thoughts"] = [
                {"role": "user", "content": "Hello"},
                {"role": "assistant", "content": "<think>\nrespond well\n</think>\n\nFine."},
                {"role": "user", "content": "2+2?"},
                {"role": "assistant", "content": "<think>\ntwo and two\n</think>\n\n4"},
            ]
        for name, messages in chats.items():
            try:
                text, spans = render(training, messages)
                if render(own, messages)[0] == text:
                    cases.append({"name": name, "messages": messages, "text": text, "spans": spans})
            except Exception as error:
                print(family, name, error, file=__import__("sys").stderr)
        if family.startswith("qwen"):
            text, spans = render(training, CALL, TOOLS)
            if render(own, CALL, TOOLS)[0] == text:
                cases.append({"name": "a call", "messages": CALL, "tools": TOOLS, "text": text, "spans": spans})
        families.append({"family": family, "template": own, "cases": cases})
    head = {"reference": "trl", "version": version("trl"), "transformers": version("transformers"), "script": "../scripts/make-chat-masks.py", "tokens": TOKENS}
    print(json.dumps({**head, "families": families}, ensure_ascii=False, indent=1))


main()
