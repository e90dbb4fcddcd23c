"""Prompts: register, load by version and alias, tags, search, links to runs, delete."""
from checking import *
import requests

needs((3, 0), "mlflow.genai's prompts")
genai = mlflow.genai
one = genai.register_prompt("greet", "Hello {{name}}", commit_message="first", tags={"a": "b"})
two = genai.register_prompt("greet", [{"role": "user", "content": "Hi {{name}} ü"}], commit_message="second")
same("register_prompt", (one.version, one.template, one.commit_message, two.version), (1, "Hello {{name}}", "first", 2))
same("load_prompt(version)", genai.load_prompt("greet", version=1).format(name="Ann"), "Hello Ann")
same("load_prompt(prompts:/greet/2)", genai.load_prompt("prompts:/greet/2").template, [{"role": "user", "content": "Hi {{name}} ü"}])
genai.set_prompt_alias("greet", "production", 1)
same("set_prompt_alias, load_prompt(@production)", genai.load_prompt("prompts:/greet@production").version, 1)
genai.set_prompt_alias("greet", "production", 2)
same("set_prompt_alias(moved)", genai.load_prompt("prompts:/greet@production", **({"cache_ttl_seconds": 0} if VERSION >= (3, 8) else {})).version, 2)
if VERSION >= (3, 2):
    same("load_prompt(@latest)", genai.load_prompt("prompts:/greet@latest").version, 2)
same("load_prompt(allow_missing)", genai.load_prompt("nobody's", version=1, allow_missing=True), None)
long = genai.register_prompt("long", "x" * 50_000)
same("register_prompt(50,000 characters)", len(genai.load_prompt("long", version=1).template), 50_000)
refused("register_prompt(a/b)", "INVALID_PARAMETER_VALUE", lambda: genai.register_prompt("a/b", "x"))
client.set_prompt_tag("greet", "team", "crm")
client.set_prompt_version_tag("greet", 1, "k", "v")
same("set_prompt_tag, set_prompt_version_tag", (client.get_prompt("greet").tags["team"], client.get_prompt_version("greet", 1).tags["k"]), ("crm", "v"))
client.delete_prompt_version_tag("greet", 1, "k")
client.delete_prompt_tag("greet", "team")
same("delete_prompt_tag", "team" in client.get_prompt("greet").tags, False)
same("search_prompts", sorted(p.name for p in genai.search_prompts()), ["greet", "long"])
same("search_prompts(name)", [p.name for p in genai.search_prompts("name = 'greet'")], ["greet"])
same("search_prompts(name LIKE)", [p.name for p in genai.search_prompts("name LIKE 'gr%'")], ["greet"])
if VERSION >= (3, 2):
    same("search_prompt_versions", sorted(v.version for v in client.search_prompt_versions("greet")), [1, 2])
client.create_registered_model("a model")
same("search_registered_models(without prompts)", [m.name for m in client.search_registered_models()], ["a model"])
refused("register_prompt(a model's name)", "INVALID_PARAMETER_VALUE", lambda: genai.register_prompt("a model", "x"))
refused("create_registered_model(a prompt's name)", "RESOURCE_ALREADY_EXISTS", lambda: client.create_registered_model("greet"))
with mlflow.start_run() as run:
    genai.load_prompt("greet", version=1)
same("load_prompt(in a run)", '"greet"' in client.get_run(run.info.run_id).data.tags["mlflow.linkedPrompts"], True)
if hasattr(client, "link_prompt_versions_to_trace"):
    @mlflow.trace
    def answer():
        return 1

    answer()
    mlflow.flush_trace_async_logging()
    ident = mlflow.get_last_active_trace_id()
    client.link_prompt_versions_to_trace([genai.load_prompt("greet", version=1), genai.load_prompt("greet", version=2)], ident)
    same("link_prompt_versions_to_trace", [t.info.trace_id for t in client.search_traces(["0"], "prompt = 'greet/2'")], [ident])
genai.delete_prompt_alias("greet", "production")
same("delete_prompt_alias", "aliases" in requests.get(f"{URL}/api/2.0/mlflow/registered-models/get", params={"name": "greet"}).json()["registered_model"], False)
client.delete_prompt_version("greet", "1")
client.delete_prompt_version("greet", "2")
client.delete_prompt("greet")
same("delete_prompt", [p.name for p in genai.search_prompts()], ["long"])
done()
