"""
The catalogue as files for any web server: pages, the API's lists and entries, what fits on each GPU, and Pyodide.

A file of this folder imports only from files above it in this list:

- site_files: the files of a site, written and removed: what is not ours is never touched.
- api_files: lists, entries and categories of the API as files.
- compact_fits: what runs on a machine as a small document, which ``static_answers.js`` reads.
- gpu_files: what runs on every known GPU, as a file for each.
- wheels: Python packages in a folder, as wheels.
- package_wheel: this package as a wheel for a browser: what answers questions, and its tables.
- pyodide_folder: a Pyodide distribution that the user has, checked, and what a site takes of it.
- building: the whole site.
"""
