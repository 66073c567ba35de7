"""A tuned support model, from its training data to those who call it.

One program for all stacks; `settings.py` says what `Pulumi.<stack>.yaml` decides. `local` and `dev` tune and
evaluate; `staging` and `prod` serve what the stage before has released. Data, key, jobs, evaluation and endpoint are in
modules beside this file.
"""

import pulumi

from data import Datasets, Reader
from encryption import Encryption
from evaluation import evaluation_of, with_results
from release import of_this_project, promoted
from serving import Serving
from settings import QUALITY, Settings
from tuning import TunedBot

settings = Settings.load()
labels = {"team": "support", "environment": pulumi.get_stack()}

# A pinned release that cannot serve ends the program before there is a key, which can never be deleted.
incoming = None if settings.tune else promoted(settings)
key = Encryption("support-bot", location=settings.region) if settings.encrypt else None
granted = [key] if key else []
if incoming is None:
    datasets = Datasets("support-datasets", location=settings.region)
    reader = Reader("support-tuner", datasets=datasets) if settings.dedicated_account else None
    bot = TunedBot(
        "support-bot",
        base_model=settings.base_model,
        datasets=datasets,
        service_account=reader.email if reader else None,
        kms_key_name=key.key_name if key else None,
        labels=labels,
        opts=pulumi.ResourceOptions(depends_on=[needed for needed in (reader, key) if needed]),
    )
    release, results = bot.release, {}
    if settings.evaluate:
        quality = evaluation_of(
            release["tuned_model_name"],
            baseline=settings.baseline,
            datasets=datasets,
            kms_key_name=key.key_name if key else None,
            labels=labels,
            opts=pulumi.ResourceOptions(depends_on=granted),
        )
        results[QUALITY] = quality.result
    evaluations = pulumi.Output.from_input(results)
else:
    release = of_this_project(incoming, settings, key)
    evaluations = incoming.apply(lambda incoming: incoming.get("evaluations") or {})

serving = Serving(
    "support-bot",
    endpoint_id=settings.endpoint_id,
    location=settings.serving_location,
    tuned_model_name=release["tuned_model_name"],
    checkpoint_id=release.apply(lambda pinned: pinned.get("checkpoint_id")),
    traffic_percent=settings.traffic_percent,
    gates=with_results(settings.gates, evaluations),
    callers=settings.callers,
    # A key serves one region only, and there is none for `us` and `eu`.
    kms_key_name=key.key_name if key and settings.serving_location == settings.region else None,
    labels=labels,
    protect=not settings.tune,  # callers know the address
    # A release that cannot serve ends the program before an endpoint is made for it.
    opts=pulumi.ResourceOptions(depends_on=granted if settings.tune else release.apply(lambda _: granted)),
)

pulumi.export("endpoint", serving.endpoint.id)
pulumi.export("serves", serving.deployment.tuned_model_name)
pulumi.export(
    "roll_back_to",
    {
        "tuned_model_name": serving.deployment.previous_tuned_model_name,
        "checkpoint_id": serving.deployment.previous_checkpoint_id,
    },
)
pulumi.export("metrics", serving.deployment.metrics)
# Released is what serves here: a version that a gate refused goes no further.
# Results of evaluations go along, for the gates of the next stage.
pulumi.export(
    "release",
    pulumi.Output.all(release, evaluations, serving.deployment.deployed_model_id).apply(
        lambda all: {**all[0], "evaluations": all[1]} if all[1] else all[0]
    ),
)
