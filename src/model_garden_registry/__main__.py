"""``python -m model_garden_registry`` is ``mgr``."""

from model_garden_registry.cli import main

if __name__ == "__main__":
    main()
