"""Object storage, and the limits of what goes into it."""

from urllib.parse import unquote, urlsplit

from gochat_site.settings.base import env, service_url
from gochat_site.settings.kafka import KAFKA_TOPIC_PREFIX

# The account may stand in the address (http://key:secret@host), or in variables of its own, or with the machine.
S3_ENDPOINT_URL = service_url("S3_ENDPOINT_URL", "http://127.0.0.1:9000")
_s3 = urlsplit(S3_ENDPOINT_URL)
_s3_endpoint = _s3._replace(netloc=_s3.netloc.rpartition("@")[2]).geturl()
# Where browsers reach the storage, if that is another address.
S3_PUBLIC_URL = env.str("S3_PUBLIC_URL", "") or _s3_endpoint
S3_BUCKET = env.str("S3_BUCKET", f"gochat-{KAFKA_TOPIC_PREFIX}".rstrip("-."))
FILE_STORAGE = {
    "BACKEND": "files.storage.ObjectStorage",
    "OPTIONS": {
        "endpoint_url": _s3_endpoint,
        "public_url": S3_PUBLIC_URL,
        "bucket_name": S3_BUCKET,
        "access_key": env.str("S3_ACCESS_KEY_ID", unquote(_s3.username or "")) or None,
        "secret_key": env.str("S3_SECRET_ACCESS_KEY", unquote(_s3.password or "")) or None,
        "region_name": env.str("S3_REGION", "us-east-1"),
        "addressing_style": env.str("S3_ADDRESSING_STYLE", "path"),
    },
}
FILE_MAX_BYTES = env.int("FILE_MAX_BYTES", 512 * 1024 * 1024)
# Pictures that are to be shown are read whole, and decoded.
FILE_IMAGE_MAX_BYTES = env.int("FILE_IMAGE_MAX_BYTES", 32 * 1024 * 1024)
# Above this a file goes up in parts of FILE_PART_BYTES (S3 takes no smaller ones than 5 MiB, but the last).
FILE_MULTIPART_ABOVE_BYTES = 16 * 1024 * 1024
FILE_PART_BYTES = 8 * 1024 * 1024
FILE_QUOTA_BYTES = env.int("FILE_QUOTA_BYTES", 5 * 1024**3)
FILE_GUEST_QUOTA_BYTES = env.int("FILE_GUEST_QUOTA_BYTES", 200 * 1024**2)
FILE_IMAGE_MAX_PIXELS = env.int("FILE_IMAGE_MAX_PIXELS", 40_000_000)
# How long a signed address is good: for a download (at most a minute), and for an upload.
FILE_URL_LIFETIME_S = 60
FILE_UPLOAD_URL_LIFETIME_S = 3600
# When the sweep takes what was never completed, never sent, or recalled: due process may ask for the last till then.
FILE_UPLOAD_TTL_S = env.int("FILE_UPLOAD_TTL_S", 24 * 3600)
FILE_UNSENT_TTL_S = env.int("FILE_UNSENT_TTL_S", 7 * 24 * 3600)
FILE_RECALLED_TTL_S = env.int("FILE_RECALLED_TTL_S", 30 * 24 * 3600)
# host:port of a clamd that looks into every upload; empty: none does.
CLAMAV_ADDRESS = env.str("CLAMAV_ADDRESS", "")
