"""A tuned support model, from its training data to those who call it.

One program for all stacks; `settings.py` says what `Pulumi.<stack>.yaml` decides. `local` and `dev` tune; `staging` and
`prod` serve what the stage before has released. Data, key, jobs and endpoint are components beside this file.
"""

import pulumi

from data import Datasets, Reader
from encryption import Encryption
from release import promoted
from serving import Serving
from settings import Settings
from tuning import TunedBot

settings = Settings.load()
labels = {"team": "support", "environment": pulumi.get_stack()}

key = Encryption("support-bot", location=settings.region) if settings.encrypt else None
if settings.tune:
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
    release = bot.release
else:
    release = promoted(settings)

granted = [key] if key else []
serving = Serving(
    "support-bot",
    endpoint_id=settings.endpoint_id,
    location=settings.serving_location,
    tuned_model_name=release["tuned_model_name"],
    checkpoint_id=release.apply(lambda pinned: pinned.get("checkpoint_id")),
    traffic_percent=settings.traffic_percent,
    gates=settings.gates,
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
pulumi.export("release", pulumi.Output.all(release, serving.deployment.deployed_model_id).apply(lambda both: both[0]))
