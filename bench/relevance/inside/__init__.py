"""The part of the measurement that runs inside the product, in a process whose environment names its services."""

import django

django.setup()
