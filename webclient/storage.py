"""Static files under hashed names."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedStaticFilesStorage(ManifestStaticFilesStorage):
    """Django's manifest storage, lenient towards files that a package forgot to ship.

    Imports between ES modules are not rewritten: the import map of the shell page names the hashed URL of each
    (see `webclient.modules`), so that one changed module does not rename every module that imports it.
    """

    manifest_strict = False
