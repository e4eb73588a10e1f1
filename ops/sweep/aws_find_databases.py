"""What is left of a stack's records: its server on RDS, and what such a server left."""

from accounts.aws import AwsAccount, tags_of
from accounts.owner import Owner
from ops.sweep import aws_prices as prices
from ops.sweep.model import Leftover


def databases(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """Servers that are not being deleted yet; what is on them cannot be had back."""
    return [
        Leftover(
            kind="database",
            id=one["DBInstanceIdentifier"],
            what=f"{one['Engine']}, {one['DBInstanceClass']}, {one['AllocatedStorage']} GiB",
            monthly_usd=prices.database(account.region, one),
        )
        for one in account.pages("rds", "describe_db_instances", "DBInstances")
        if owner.owns(tags_of({"Tags": one["TagList"]})) and one["DBInstanceStatus"] != "deleting"
    ]


def database_snapshots(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """Kept on purpose by a destroy, so only listed; AWS tells the size of no backup."""
    found = account.pages("rds", "describe_db_snapshots", "DBSnapshots", SnapshotType="manual")
    return [
        Leftover(
            kind="database snapshot",
            id=one["DBSnapshotIdentifier"],
            what=f"of {one['AllocatedStorage']} GiB",
            monthly_usd=None,
            held="records, kept on purpose: aws rds delete-db-snapshot --db-snapshot-identifier "
            f"{one['DBSnapshotIdentifier']}",
        )
        for one in found
        if owner.owns(tags_of({"Tags": one["TagList"]}))
    ]
