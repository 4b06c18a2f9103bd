from django.shortcuts import render

TEMPLATE = "chat/index.html"
ICON = "image/svg+xml"
REPOSITORY = "https://github.com/microsoft/phi-2"


def index(request):
    return render(request, TEMPLATE, {"model": "acme/chat", "and_or": "yes/no"})
