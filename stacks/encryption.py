"""The key that tuned versions are encrypted with, and who may use it."""

import pulumi
import pulumi_gcp as gcp


class Encryption(pulumi.ComponentResource):
    """A key ring, a key, and the grant for Google's service agent: there before the key is first used.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/general/cmek
    """

    def __init__(self, name: str, *, location: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("support-bot:encryption:Encryption", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Without its key a version serves nowhere, in other stacks neither: a destroy leaves the key where it is.
        kept = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        ring = gcp.kms.KeyRing(name, location=location, opts=kept)
        key = gcp.kms.CryptoKey(name, key_ring=ring.id, rotation_period="7776000s", opts=kept)
        agent = gcp.projects.ServiceIdentity("vertex-ai", service="aiplatform.googleapis.com", opts=child)
        gcp.kms.CryptoKeyIAMMember(
            "vertex-ai-uses-key",
            crypto_key_id=key.id,
            role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
            member=agent.member,
            opts=kept,
        )
        self.key_name = key.id
        self.register_outputs({"key_name": self.key_name})
