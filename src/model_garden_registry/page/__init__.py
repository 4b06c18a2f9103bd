"""
The catalogue as pages for people: HTML from a registry, and the files that they load.

The pages are complete without JavaScript; the modules in ``assets/`` add search, filters, GPUs and sliders.

A file of this folder imports only from files above it in this list:

- elements: HTML elements, with everything in them escaped.
- wording: numbers, parts and verdicts in words.
- links: where a page and the files around it are.
- asset_files: the files that pages load.
- frame: the document around a page.
- chooser: the choice of GPUs, and of what runs on them.
- model_facts: what the list shows of a model.
- filters: the search and the filters of the list.
- list_page: the page with all models.
- problem_page: the page that says why there is no other one.
- bars: memory as bars of its parts.
- model: the page of one model.
- reference: the reference of the HTTP API as a page.
- static: the same as files for any web server.
"""
