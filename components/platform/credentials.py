"""The platform's own passwords: random per stack, encrypted in state, never upstream's."""

from dataclasses import dataclass

import pulumi
import pulumi_random

Text = str | pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Every secret the platform's manifests need."""

    admin_password: Text
    admin_password_bcrypt: Text
    oidc_client_secret: Text
    cookie_secret: Text
    object_store_secret: Text
    mysql_password: Text
    katib_mysql_password: Text
    model_registry_password: Text
    model_catalog_password: Text
    grafana_password: Text


class GeneratedCredentials(pulumi.ComponentResource):
    """One random value per secret, made once and kept; `checksum_key` is for digests of them."""

    credentials: Credentials
    checksum_key: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kubeflow:platform:GeneratedCredentials", name, None, opts)
        provider = pulumi_random.Provider(name, opts=pulumi.ResourceOptions(parent=self))

        def password(role: str, length: int) -> pulumi_random.RandomPassword:
            # Letters and digits only: these end up in URLs, DSNs and environment files.
            return pulumi_random.RandomPassword(
                f"{name}-{role}",
                length=length,
                special=False,
                opts=pulumi.ResourceOptions(parent=self, provider=provider),
            )

        admin = password("admin", 24)
        self.credentials = Credentials(
            admin_password=admin.result,
            admin_password_bcrypt=admin.bcrypt_hash,
            oidc_client_secret=password("oidc-client", 40).result,
            cookie_secret=password("cookie", 32).result,  # oauth2-proxy takes 16, 24 or 32 bytes
            object_store_secret=password("object-store", 40).result,
            mysql_password=password("mysql", 32).result,
            katib_mysql_password=password("katib-mysql", 32).result,
            model_registry_password=password("model-registry", 32).result,
            model_catalog_password=password("model-catalog", 32).result,
            grafana_password=password("grafana", 32).result,
        )
        self.checksum_key = password("checksum-key", 40).result
        self.register_outputs({})
