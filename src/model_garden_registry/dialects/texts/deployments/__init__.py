"""
Files that say what runs somewhere else.

A file of this folder imports only from files above it in this list:

- dockerfiles: what the images of a Dockerfile start.
- containers: containers of compose files and Kubernetes manifests.
- clusters: scripts in the files of SkyPilot and dstack.
"""
