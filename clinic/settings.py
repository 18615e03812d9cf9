"""Settings: everything that differs between machines comes from the environment.

`.env.example` lists every variable. `./run` sets them for the embedded servers; with DATABASE_URL,
REDIS_URL and EMAIL_URL given, the same code runs on the servers named there.
"""

import importlib.util
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()
if (ROOT / ".env").exists():
    env.read_env(ROOT / ".env")

# --- what kind of installation this is -----------------------------------------------------------
LOCAL = env.bool("CLINIC_LOCAL", default=False)  # ./run and ./check on this machine only
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not LOCAL:
        # Commands that need no secret (compiling translations, screening from standard input) work
        # without one; whatever serves people is told by `doctor` and `check --deploy`.
        import secrets

        SECRET_KEY = "unset-" + secrets.token_urlsafe(48)
    else:
        raise ImproperlyConfigured("SECRET_KEY is missing; ./run makes one.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
BASE_URL = env.str("CLINIC_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

CLINIC_NAME = env.str("CLINIC_NAME", default="Mesoderm Kliniği")
CLINIC_PHONE = env.str("CLINIC_PHONE", default="+90 212 000 00 00")
# Where it is, in one line, for calendars; empty: they show its name alone.
CLINIC_ADDRESS = env.str("CLINIC_ADDRESS", default="")
EMERGENCY_NUMBER = env.str("CLINIC_EMERGENCY_NUMBER", default="112")
# Who would process what in which country; empty: nothing is processed abroad and nobody is asked.
CONSENT_ABROAD = env.str("CLINIC_CONSENT_ABROAD", default="")
# In these hours of the clinic's clock no message goes out; the same time twice: at any hour.
QUIET_HOURS = env.str("CLINIC_QUIET_HOURS", default="21:00-09:00")
# How long before a visit it is reminded of, in days and hours; the last one not under 3 hours.
REMIND_BEFORE = env.str("CLINIC_REMIND_BEFORE", default="7d,2d,3h")
# Where the clinic lies, in degrees north, and what tells the UV index of a day there.
LATITUDE = env.float("CLINIC_LATITUDE", default=41.0)
UV_SOURCE = env.str("CLINIC_UV_SOURCE", default="treatments.reminders.uv.from_table")
# Until so many hours before a visit a patient may cancel it, or ask for another time, by link.
CHANGE_HOURS = env.int("CLINIC_CHANGE_HOURS", default=24)
# A time that a patient picks by link is taken at once; otherwise the desk accepts it first.
PATIENTS_MOVE_ALONE = env.bool("CLINIC_PATIENTS_MOVE_ALONE", default=False)
# So many hours a free time is kept for the one on the waitlist to whom it is offered.
OFFER_HOURS = env.int("CLINIC_OFFER_HOURS", default=2)
# Whose public holidays are copied into the closed days: a code of two letters.
CLINIC_COUNTRY = env.str("CLINIC_COUNTRY", default="TR")

# --- apps ----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "pgtrigger",
    "clinic.apps.ClinicConfig",
    "patients.apps.PatientsConfig",
    "cocktails.apps.CocktailsConfig",
    "treatments.apps.TreatmentsConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinic.http.sign_out_when_idle",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "clinic.http.wrong_method_has_a_page",
    "clinic.http.AbilityMiddleware",
    "clinic.http.devices_stay_closed",
    "clinic.http.private_pages_are_not_stored",
    "clinic.once.once_per_request",
]
ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinic.http.page_frame",
            ],
            "builtins": ["clinic.templatetags.clinic"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- servers -------------------------------------------------------------------------------------
DATABASES = {
    "default": env.db_url("DATABASE_URL", default="postgres://mesoderm@127.0.0.1:5432/mesoderm")
}
DATABASES["default"] |= {
    "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault(
    "options",
    "-c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=15s",
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

SWEEP_EVERY = timedelta(seconds=env.float("CLINIC_SWEEP_SECONDS", default=60))
CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# kombu looks for lost messages only every 100 s unless told otherwise.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 2,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
}
CELERY_BEAT_SCHEDULE = {
    "send-due-messages": {
        "task": "clinic.messages.tasks.send_due_messages",
        "schedule": SWEEP_EVERY,
        # A ring that waited longer than a minute is followed by the next one anyway.
        "options": {"expires": 60},
    },
    # After a change of the rules: one query where nobody is behind (docs/rules/rulebook.md).
    "screen-those-behind": {
        "task": "patients.rulebook.tasks.screen_those_behind",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 50},
    },
    # Imports that staff asked for: one query where none waits (docs/rules/importing.md).
    "bring-in-imports": {
        "task": "patients.importing.tasks.bring_in_imports",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    # Half answers of patients whose link has expired are not kept (docs/rules/phone-intake.md).
    "withdraw-expired-intakes": {
        "task": "patients.phone_intake.tasks.withdraw_expired_intakes",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3000},
    },
    "heartbeat": {
        "task": "clinic.dashboard.tasks.heartbeat",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 30},
    },
}

EMAIL = env.email_url("EMAIL_URL", default="smtp://127.0.0.1:25")
vars().update({key: value for key, value in EMAIL.items() if key.startswith("EMAIL_")})
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("CLINIC_FROM_EMAIL", default="randevu@mesoderm.invalid")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- short messages: a gateway that is asked by HTTP; without an address the channel is off -------
SMS_URL = env.str("CLINIC_SMS_URL", default="")
SMS_METHOD = env.str("CLINIC_SMS_METHOD", default="POST")
SMS_CONTENT_TYPE = env.str("CLINIC_SMS_CONTENT_TYPE", default="application/json")
SMS_BODY = env.str("CLINIC_SMS_BODY", default='{"to": "{to}", "text": "{text}", "id": "{id}"}')
SMS_HEADERS = env.json("CLINIC_SMS_HEADERS", default={})
SMS_SENDER = env.str("CLINIC_SMS_SENDER", default="")
# What stands in an answer with a good status when the message was taken, or refused for good.
SMS_ACCEPTED = env.str("CLINIC_SMS_ACCEPTED", default="")
SMS_REFUSED = env.str("CLINIC_SMS_REFUSED", default="")
SMS_SEGMENT_COST = env.str("CLINIC_SMS_SEGMENT_COST", default="")  # "0.12 TRY"
WHATSAPP_URL = env.str("CLINIC_WHATSAPP_URL", default="")
WHATSAPP_TOKEN = env.str("CLINIC_WHATSAPP_TOKEN", default="")
WHATSAPP_TEMPLATES = env.json("CLINIC_WHATSAPP_TEMPLATES", default={})  # by kind; "*": the others
# How many messages of a channel leave in a minute, all workers together: "sms=60,email=300".
MESSAGE_RATES = env.str("CLINIC_MESSAGE_RATES", default="")
# By which a gateway signs what it tells of deliveries; empty: it is not listened to.
RECEIPT_SECRET = env.str("CLINIC_RECEIPT_SECRET", default="")

# --- files ---------------------------------------------------------------------------------------
CLINIC_DATA = Path(env.str("CLINIC_DATA", default=str(ROOT / ".local" / "data")))
MEDIA_ROOT = CLINIC_DATA / "media"  # private: served by views that ask who is reading, never by URL
# A prefix that the web server in front maps on MEDIA_ROOT for itself alone (X-Accel-Redirect);
# empty: this process sends the photographs.
PHOTOGRAPHS_ACCEL = env.str("CLINIC_PHOTOGRAPHS_ACCEL", default="")
OUTBOX = env.str("CLINIC_OUTBOX", default="")  # the Maildir of the local mail sink, if there is one


def _package_folder(name: str) -> str:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ImproperlyConfigured(f"The package {name} is not installed; see requirements.txt.")
    return spec.submodule_search_locations[0]


STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "staticfiles"
STATICFILES_DIRS = [
    ROOT / "static",
    ("vendor/bootstrap", _package_folder("bootstrap")),
    ("vendor/fonts/fira-sans", Path(_package_folder("fontpkg_fira_sans")) / "files"),
]
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Any storage of Django: {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {...}}
    "photographs": env.json(
        "CLINIC_PHOTOGRAPHS_STORAGE",
        default={
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
        },
    ),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- people and sign-in --------------------------------------------------------------------------
AUTH_USER_MODEL = "clinic.StaffMember"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "clinic.staff.adapter.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if LOCAL else "https"
STAFF_IDLE = timedelta(minutes=15)
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
DEMO_LOGINS = env.bool("CLINIC_DEMO_LOGINS", default=False)  # show them on the sign-in page

# --- the browser ---------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "clinic.http.csrf_failure"
if not LOCAL:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    if env.bool("BEHIND_TLS_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- words and times -----------------------------------------------------------------------------
LANGUAGE_CODE = env.str("CLINIC_LANGUAGE", default="tr")
LANGUAGES = [("tr", _("Turkish")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("CLINIC_TIME_ZONE", default="Europe/Istanbul")
FORMAT_MODULE_PATH = ["clinic.formats"]

# --- logs: ids, never names, answers or addresses ------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"without_keys": {"()": "clinic.logs.WithoutKeys"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["without_keys"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.security.DisallowedHost": {
            "handlers": ["console"],
            "level": "ERROR",
            "propagate": False,
        },
    },
}
