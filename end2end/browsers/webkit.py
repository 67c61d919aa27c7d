#!/usr/bin/python3
"""A window of WebKit that a driver can control, for one person: webkit.py FOLDER LANGUAGE [plain].

The distribution's MiniBrowser says nothing of its console while it is driven, and has no language
of its own; this one has both, and nothing else. (`plain`: without the scripts of pages.)
"""
import ctypes
import os
import signal
import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402

folder, language, *options = sys.argv[1:]
# The driver swallows what its browser prints, but not what it complains about.
os.dup2(2, 1)
# Whoever loses its driver ends (PR_SET_PDEATHSIG).
ctypes.CDLL(None).prctl(1, signal.SIGKILL)

# With a folder, as people have it. (A private session would keep its console to itself.)
data = WebKit2.WebsiteDataManager(base_data_directory=folder, base_cache_directory=folder)
context = WebKit2.WebContext(website_data_manager=data)
context.set_preferred_languages([language])
settings = WebKit2.Settings(
    enable_write_console_messages_to_stdout=True,
    enable_javascript_markup="plain" not in options,
)


def open_tab(_session):
    view = WebKit2.WebView(web_context=context, is_controlled_by_automation=True, settings=settings)
    window = Gtk.Window(default_width=1280, default_height=800)
    view.connect("close", lambda _view: window.destroy())
    window.add(view)
    window.show_all()
    return view


def begin(_context, session):
    application = WebKit2.ApplicationInfo()
    application.set_name("webkit")
    session.set_application_info(application)
    session.connect("create-web-view", open_tab)
    session.connect("will-close", Gtk.main_quit)


context.connect("automation-started", begin)
context.set_automation_allowed(True)
Gtk.main()
