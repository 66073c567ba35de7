"""Copies of a version in another project, on the real client and the emulator: made, taken up, changed, taken away."""

from collections.abc import Iterator

import pytest

from pulumi_ctune.core.errors import CtuneError, InvalidInputError, NotFoundError, RequirementNotMetError
from pulumi_ctune.model_copy.attributes import EARLIER
from tests.core.copies import PROD, Copies
from tests.core.rig import Rig
from vertex_emulator.names import project_number

KEY = f"{PROD}/keyRings/ring/cryptoKeys/key"
LOSS = {"metric": "/train_total_loss", "at_most": 100}


@pytest.fixture(name="copies")
def copies_fixture(rig: Rig) -> Iterator[Copies]:
    with Copies.start(rig) as copies:
        yield copies


def test_copy_is_one_version_in_the_destination(copies: Copies) -> None:
    """One request, and the outputs name the copy, its base model and its checkpoints."""
    state = copies.create(labels={"stage": "prod"})

    (copy,) = copies.there()
    assert len(copies.requests()) == 1
    assert copy.copied_from == copies.versions[0]
    assert state["tuned_model_name"] == copy.name
    assert copy.name.startswith(f"projects/{project_number('acme-prod')}/locations/us-central1/models/")
    assert state["base_model"] == "gemini-3.5-flash"
    assert [item["checkpoint_id"] for item in state["checkpoints"]] == ["1", "2", "3"]
    assert (copy.labels["stage"], copy.labels["team"], copy.labels["ctune-stack"]) == ("prod", "support", "prod")


def test_second_create_takes_the_copy_up(copies: Copies) -> None:
    """A create whose state was lost finds the copy by source and owner."""
    first = copies.create()

    again = copies.create()

    assert again["tuned_model_name"] == first["tuned_model_name"]
    assert len(copies.there()) == 1
    assert copies.rig.report.infos[-1].startswith(f"took over {first['tuned_model_name']}, a copy of ")


@pytest.mark.parametrize("has_parent", [False, True], ids=["new model", "parent model"])
def test_twins_of_two_stacks_have_a_copy_each(copies: Copies, has_parent: bool) -> None:
    """Nobody takes up what another stack's resource has marked."""
    parent = copies.parent_model() if has_parent else None
    mine = copies.create(parent_model=parent)
    copies.stack = "canary"

    other = copies.create(parent_model=parent)

    assert other["tuned_model_name"] != mine["tuned_model_name"]
    assert len(copies.there()) == 2


def test_parent_model_gets_its_next_version(copies: Copies) -> None:
    """The model stays, and so does its default version."""
    parent = copies.parent_model()

    state = copies.create(parent_model=parent)

    assert state["tuned_model_name"] == f"{parent}@2"


def test_own_copy_is_found_on_a_later_page(copies: Copies) -> None:
    """A list of versions comes in pages of 50; what is ours is the last."""
    parent = copies.parent_model()
    for _ in range(50):
        copies.copy_by_hand(copies.versions[1], parentModel=parent)
    first = copies.create(parent_model=parent)
    copies.rig.emulator.forget_requests()

    again = copies.create(parent_model=parent)

    assert again["tuned_model_name"] == first["tuned_model_name"] == f"{parent}@52"
    assert copies.requests() == []


def test_other_source_is_the_next_version_of_the_parent(copies: Copies) -> None:
    """The version so far stays: something may serve it. A delete takes both along."""
    parent = copies.parent_model()
    state = copies.create(parent_model=parent, deletion_policy="DELETE")

    moved = copies.update(state, copies.versions[1], parent_model=parent, deletion_policy="DELETE")

    assert (moved["tuned_model_name"], moved[EARLIER]) == (f"{parent}@3", [f"{parent}@2"])
    assert len(copies.there()) == 2
    copies.delete(moved)
    assert copies.there() == []
    assert [version.version_id for version in copies.rig.client.list_model_versions(parent)] == ["1"]


def test_labels_change_in_place(copies: Copies) -> None:
    """Labels of the inputs are put and taken away; those of the source stay."""
    state = copies.create(labels={"stage": "prod"})
    copies.rig.emulator.forget_requests()

    updated = copies.update(state, labels={"tier": "1"})

    (copy,) = copies.there()
    assert updated["labels"] == {"tier": "1"}
    assert ("stage" in copy.labels, copy.labels["tier"], copy.labels["team"]) == (False, "1", "support")
    assert copies.requests() == []


def test_key_of_the_destination_encrypts_the_copy(copies: Copies) -> None:
    state = copies.create(encryption_spec={"kms_key_name": KEY})

    assert [copy.kms_key_name for copy in copies.there()] == [KEY]
    assert copies.create(encryption_spec={"kms_key_name": KEY})["tuned_model_name"] == state["tuned_model_name"]


def test_model_id_that_is_taken_is_reported(copies: Copies) -> None:
    """The line says what has the id, and both ways on."""
    copies.copy_by_hand(copies.versions[1], modelId="support")

    with pytest.raises(InvalidInputError) as raised:
        copies.create(model_id="support")

    assert "[model_id]: there is projects/" in str(raised.value)
    assert f"it is a copy of {copies.versions[1]}" in str(raised.value)
    assert "name that model in parent_model" in str(raised.value)


def test_parent_model_that_is_not_there_is_reported(copies: Copies) -> None:
    with pytest.raises(NotFoundError, match=r"\[parent_model\].*Name a model that is there"):
        copies.create(parent_model=f"{PROD}/models/none")
    assert copies.requests() == []


def test_project_and_region_in_one_step_are_refused_with_two_steps(copies: Copies) -> None:
    """A number of a project and an id cannot be compared in a preview, so the verb looks again."""
    with pytest.raises(InvalidInputError) as raised:
        copies.create(project=project_number("acme-prod"), location="europe-west4")

    assert "not to both in one step: first a ModelCopy with project=" in str(raised.value)
    assert copies.requests() == []


def test_copy_to_another_region_and_then_project_is_two_copies(copies: Copies) -> None:
    """The two steps that the refusal names."""
    there = copies.create(project="acme", location="europe-west4")

    state = copies.create(there["tuned_model_name"], location="europe-west4")

    assert f"projects/{project_number('acme-prod')}/locations/europe-west4/" in state["tuned_model_name"]


def test_missed_requirement_copies_nothing(copies: Copies) -> None:
    """The source is judged before anything is sent."""
    with pytest.raises(RequirementNotMetError, match=r"was not copied \[require\]: .* misses 1 of 1"):
        copies.create(require=[{"metric": "/train_total_loss", "at_most": 0}])
    assert copies.there() == []

    assert copies.create(require=[LOSS])["require"] == [LOSS]


def test_copy_that_is_gone_is_gone(copies: Copies) -> None:
    """A refresh sees it; labels that somebody changed are drift."""
    state = copies.create(labels={"stage": "prod"})
    copies.rig.client.update_model_version(state["tuned_model_name"], changes={"labels": {}})

    found = copies.read(state)
    copies.rig.finish(copies.rig.client.start_model_deletion(state["model"]))

    assert found is not None
    assert found.inputs["labels"] == {}
    assert copies.read(state) is None


def test_get_knows_a_copy_by_its_name(copies: Copies) -> None:
    """Without a state everything follows from the version; what is no copy is not found."""
    state = copies.create()

    found = copies.read({}, state["tuned_model_name"])

    assert found is not None
    assert found.state["source_model_name"] == copies.versions[0]
    assert copies.read({}, copies.versions[0]) is None


def test_abandoned_copy_is_taken_up_again(copies: Copies) -> None:
    """A destroy leaves it, and the next `up` with the same inputs makes no other."""
    state = copies.create()
    copies.delete(state)

    again = copies.create()

    assert again["tuned_model_name"] == state["tuned_model_name"]
    assert len(copies.there()) == 1


def test_deletion_policy_delete_removes_the_copy_and_its_model(copies: Copies) -> None:
    state = copies.create(deletion_policy="DELETE")

    copies.delete(state)
    copies.delete(state)

    assert copies.there() == []
    assert copies.rig.client.get_model_version(copies.versions[0]).name == copies.versions[0]


def test_deletion_policy_prevent_refuses(copies: Copies) -> None:
    state = copies.create(deletion_policy="PREVENT")

    with pytest.raises(CtuneError, match="deletion_policy is PREVENT"):
        copies.delete(state)
    assert len(copies.there()) == 1


def test_copy_that_an_alias_pins_is_not_deleted(copies: Copies) -> None:
    """Of a replaced entry it stays with a warning: the program can no longer change its policy."""
    state = copies.create(deletion_policy="DELETE")
    copies.rig.client.merge_version_aliases(state["tuned_model_name"], ["prod"])

    with pytest.raises(CtuneError, match="the version alias 'prod' points at it"):
        copies.delete(state)
    copies.delete(state, is_replaced=True)

    assert len(copies.there()) == 1
    assert "is not deleted although deletion_policy is DELETE" in copies.rig.report.warnings[-1]


def test_entry_whose_copy_another_one_took_over_deletes_nothing(copies: Copies) -> None:
    """The state of a lost run knows the same copy: its delete leaves it to whoever claimed it last."""
    old = copies.create(deletion_policy="DELETE")
    copies.create(deletion_policy="DELETE")

    copies.delete(old)

    assert len(copies.there()) == 1
    assert copies.rig.report.warnings[-1].endswith("another state entry has taken it over")
