"""
Files that define what runs on another machine.

A file of this folder imports only from files above it in this list:

- dockerfiles: the images of a Dockerfile.
- containers: containers of compose files and Kubernetes manifests.
- clusters: scripts in the files of SkyPilot, dstack and Slurm.
"""
