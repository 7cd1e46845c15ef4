import core.fields
import django.db.models.functions.datetime
import pgvector.django.indexes
import pgvector.django.vector
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        # Where the vectors live, and nowhere else (search/router.py).
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS vector", migrations.RunSQL.noop, hints={"vectors": True}),
        migrations.CreateModel(
            name='EmbeddedConversation',
            fields=[
                ('conversation_id', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='conversation')),
                ('embedded_seq', models.BigIntegerField(default=0, verbose_name='embedded seq')),
                ('model_id', models.BigIntegerField(verbose_name='embedding model')),
                ('embedded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='embedded')),
            ],
            options={
                'verbose_name': 'embedded conversation',
                'verbose_name_plural': 'embedded conversations',
            },
        ),
        migrations.CreateModel(
            name='EmbeddingModel',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200, verbose_name='model')),
                ('dimensions', models.PositiveIntegerField(verbose_name='dimensions')),
                ('means', models.JSONField()),
                ('differences', models.JSONField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='created')),
            ],
            options={
                'verbose_name': 'embedding model',
                'verbose_name_plural': 'embedding models',
            },
        ),
        migrations.CreateModel(
            name='FilledIndex',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('base', models.CharField(max_length=40)),
                ('index_name', core.fields.BinaryCharField(max_length=100, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='PendingPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='IndexedConversation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('conversation_id', models.BigIntegerField(verbose_name='conversation')),
                ('index_name', core.fields.BinaryCharField(max_length=100, verbose_name='index')),
                ('indexed_seq', models.BigIntegerField(default=0, verbose_name='indexed seq')),
                ('indexed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='indexed')),
            ],
            options={
                'verbose_name': 'indexed conversation',
                'verbose_name_plural': 'indexed conversations',
                'constraints': [models.UniqueConstraint(fields=('conversation_id', 'index_name'), name='one_index_position')],
            },
        ),
        migrations.CreateModel(
            name='Passage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('conversation_id', models.BigIntegerField()),
                ('first_seq', models.BigIntegerField()),
                ('last_seq', models.BigIntegerField()),
                ('part', models.PositiveIntegerField(default=0)),
                ('message_ids', models.JSONField(default=list)),
                ('sender_ids', models.JSONField(default=list)),
                ('language', models.CharField(max_length=5)),
                ('text_hash', models.CharField(max_length=32)),
                ('embedding', pgvector.django.vector.VectorField(dimensions=settings.EMBEDDINGS_DIMENSIONS)),
                ('model_id', models.BigIntegerField()),
            ],
            options={
                'verbose_name': 'passage',
                'verbose_name_plural': 'passages',
                'indexes': [pgvector.django.indexes.HnswIndex(ef_construction=64, fields=['embedding'], m=16, name='passage_nearest', opclasses=['vector_cosine_ops'])],
                'constraints': [models.UniqueConstraint(fields=('conversation_id', 'first_seq', 'part'), name='one_passage')],
            },
        ),
    ]
