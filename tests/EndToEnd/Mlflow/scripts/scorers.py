"""Scorers: register, get, list, versions, delete, and the share of new traces that they are to score by themselves."""
from checking import *

needs((3, 8), "the registry of scorers on any server")
try:
    from mlflow.genai.judges import make_judge
    from mlflow.genai.scorers import delete_scorer, get_scorer, list_scorers
    from mlflow.genai.scorers.registry import list_scorer_versions
except ImportError as e:
    skip(f"the judges of this MLflow cannot be imported: {e}")
from mlflow.tracking._tracking_service.utils import _get_store

ident = client.create_experiment("judged ü")
other = client.create_experiment("judged by nobody")
store = _get_store()


def judge(instructions, name="polite"):
    return make_judge(name=name, instructions=instructions, model="openai:/gpt-4o-mini")


first = judge("Is {{ outputs }} polite?").register(experiment_id=ident)
same("register", first.name, "polite")
judge("Is {{ outputs }} polite, ü?").register(experiment_id=ident)
judge("Is {{ outputs }} correct?", "correctness").register(experiment_id=ident)
same("get_scorer", get_scorer(name="polite", experiment_id=ident).instructions, "Is {{ outputs }} polite, ü?")
same("get_scorer(version)", get_scorer(name="polite", experiment_id=ident, version=1).instructions, "Is {{ outputs }} polite?")
same("list_scorers", sorted(s.name for s in list_scorers(experiment_id=ident)), ["correctness", "polite"])
same("list_scorers(another experiment)", list_scorers(experiment_id=other), [])
same("list_scorer_versions", [(s.instructions, v) for s, v in list_scorer_versions(name="polite", experiment_id=ident)], [("Is {{ outputs }} polite?", 1), ("Is {{ outputs }} polite, ü?", 2)])
versions = store.list_scorer_versions(ident, "polite")
same("list_scorer_versions(ids)", (len({v.scorer_id for v in versions}), [v.scorer_version for v in versions], str(versions[0].experiment_id)), (1, [1, 2], ident))
refused("get_scorer(unknown)", "RESOURCE_DOES_NOT_EXIST", lambda: get_scorer(name="nope", experiment_id=ident))
refused("get_scorer(unknown version)", "RESOURCE_DOES_NOT_EXIST", lambda: get_scorer(name="polite", experiment_id=ident, version=7))
refused("list_scorers(unknown experiment)", "RESOURCE_DOES_NOT_EXIST", lambda: list_scorers(experiment_id="987654321"))
refused("register(code)", "INVALID_PARAMETER_VALUE", lambda: store.register_scorer(ident, "code", '{"name": "code", "call_source": "return 1"}'))
refused("register(no JSON)", "INVALID_PARAMETER_VALUE", lambda: store.register_scorer(ident, "text", "{"))
refused("register(gateway)", "RESOURCE_DOES_NOT_EXIST", lambda: make_judge(name="routed", instructions="{{ outputs }}?", model="gateway:/mine").register(experiment_id=ident))

scorer_id = versions[0].scorer_id
same("get_online_scoring_configs(none)", store.get_online_scoring_configs([scorer_id, "nobody"]), [])
config = store.upsert_online_scoring_config(ident, "polite", 0.0, "status = 'OK'")
same("upsert_online_scoring_config", (config.scorer_id, config.sample_rate, config.filter_string, config.experiment_id), (scorer_id, 0.0, "status = 'OK'", ident))
same("get_online_scoring_configs", [c.online_scoring_config_id for c in store.get_online_scoring_configs([scorer_id])], [config.online_scoring_config_id])
same("get_scorer(with its share)", get_scorer(name="polite", experiment_id=ident).sample_rate, 0.0)
refused("upsert_online_scoring_config(without a gateway)", "INVALID_PARAMETER_VALUE", lambda: store.upsert_online_scoring_config(ident, "polite", 0.5))
refused("upsert_online_scoring_config(2)", "INVALID_PARAMETER_VALUE", lambda: store.upsert_online_scoring_config(ident, "polite", 2.0))
refused("upsert_online_scoring_config(filter)", "INVALID_PARAMETER_VALUE", lambda: store.upsert_online_scoring_config(ident, "polite", 0.0, "nope ="))
refused("upsert_online_scoring_config(unknown)", "RESOURCE_DOES_NOT_EXIST", lambda: store.upsert_online_scoring_config(ident, "nope", 0.0))

delete_scorer(name="polite", experiment_id=ident, version=1)
same("delete_scorer(version)", [v for _, v in list_scorer_versions(name="polite", experiment_id=ident)], [2])
refused("delete_scorer(again)", "RESOURCE_DOES_NOT_EXIST", lambda: delete_scorer(name="polite", experiment_id=ident, version=1))
judge("Third, {{ outputs }}?").register(experiment_id=ident)
same("register(after a deletion)", [v for _, v in list_scorer_versions(name="polite", experiment_id=ident)], [2, 3])
delete_scorer(name="polite", experiment_id=ident, version="all")
same("delete_scorer(all)", [s.name for s in list_scorers(experiment_id=ident)], ["correctness"])
refused("list_scorer_versions(deleted)", "RESOURCE_DOES_NOT_EXIST", lambda: list_scorer_versions(name="polite", experiment_id=ident))
judge("Anew, {{ outputs }}?").register(experiment_id=ident)
anew = store.get_scorer(ident, "polite")
same("register(a deleted name)", (anew.scorer_version, anew.scorer_id == scorer_id, store.get_online_scoring_configs([anew.scorer_id])), (1, False, []))
client.delete_experiment(ident)
refused("list_scorers(deleted experiment)", "INVALID_PARAMETER_VALUE", lambda: list_scorers(experiment_id=ident))
done()
