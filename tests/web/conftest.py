from tests.web.screens import client_as, demo_template, screens, web_house  # noqa: F401 (fixtures for every test here)
