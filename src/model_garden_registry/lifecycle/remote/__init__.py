"""
Registries that are downloaded, and published for others.

A file of this folder imports only from files above it in this list:

- errors: an address that gives no registry.
- addresses: addresses that may be downloaded, and how they are shown.
- downloads: what a download gives, and its limits.
- https: downloads over HTTPS.
- stores: downloads from object stores.
- fetching: a download within a time limit, whatever its address.
- indexes: a published registry's index.
- publishing: a registry as files for any web server.
- storing: the cache of downloaded registries, written.
- updating: the configured remote registry, brought up to date.
- standing: whether the configured remote registry can be used.
"""
