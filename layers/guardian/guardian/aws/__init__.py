"""Adapters: the only place that knows boto3. Each implements protocols of `guardian.ports`."""
