"""Which database holds the vectors."""

from django.conf import settings
from django.db import connections
from django.test import SimpleTestCase, TestCase, override_settings

from accounts.models import User
from search.models import EmbeddedConversation, EmbeddingModel, IndexedConversation, Passage
from search.router import VectorRouter

VECTOR_TABLES = {model._meta.db_table for model in (EmbeddedConversation, EmbeddingModel, Passage)}


class RouterTest(SimpleTestCase):
    @override_settings(VECTOR_DATABASE="vectors")
    def test_vectors_have_a_database_of_their_own_and_nothing_else_is_in_it(self) -> None:
        router = VectorRouter()
        self.assertEqual(router.db_for_read(Passage), "vectors")
        self.assertEqual(router.db_for_write(EmbeddedConversation), "vectors")
        self.assertIsNone(router.db_for_read(IndexedConversation))
        self.assertIs(router.allow_migrate("vectors", "search", "passage"), True)
        self.assertIs(router.allow_migrate("default", "search", "passage"), False)
        self.assertIs(router.allow_migrate("vectors", "accounts", User._meta.model_name), False)
        self.assertIs(router.allow_migrate("default", "search", vectors=True), False)
        self.assertIs(router.allow_migrate("vectors", "search", vectors=True), True)

    @override_settings(VECTOR_DATABASE="default")
    def test_one_database_holds_all(self) -> None:
        router = VectorRouter()
        self.assertEqual(router.db_for_read(Passage), "default")
        self.assertIs(router.allow_migrate("default", "search", "passage"), True)
        self.assertIsNone(router.allow_migrate("default", "accounts", User._meta.model_name))


class TablesTest(TestCase):
    databases = {"default", settings.VECTOR_DATABASE}

    def test_the_migrations_have_put_each_table_where_the_router_looks_for_it(self) -> None:
        self.assertLessEqual(VECTOR_TABLES, set(connections[settings.VECTOR_DATABASE].introspection.table_names()))
        main = set(connections["default"].introspection.table_names())
        self.assertIn(IndexedConversation._meta.db_table, main)
        if settings.VECTOR_DATABASE != "default":
            self.assertFalse(VECTOR_TABLES & main)
            self.assertNotIn(User._meta.db_table, connections["vectors"].introspection.table_names())
