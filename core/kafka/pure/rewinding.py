"""Setting a group back to an earlier time, while none of its members runs."""

import contextlib

import kafka
from kafka import errors

from core.kafka.port import KafkaError, Partition
from core.kafka.pure.client import connection


def rewind_group(servers: str, group: str, topic: str, since_ms: int) -> dict[Partition, int]:
    """Let `group` read on with the first record of each partition that is not older than `since_ms` (since 1970), and
    return these offsets. Raises KafkaError, also when a member of the group runs."""
    try:
        with contextlib.closing(
            kafka.KafkaConsumer(**connection(servers), group_id=group, enable_auto_commit=False)
        ) as client:
            numbers = sorted(client.partitions_for_topic(topic) or ())
            places = [kafka.TopicPartition(topic, number) for number in numbers]
            client.assign(places)
            found, ends = client.offsets_for_times(dict.fromkeys(places, since_ms)), client.end_offsets(places)
            offsets = {place: found[place].offset if found.get(place) else ends[place] for place in places}
            client.commit({place: kafka.OffsetAndMetadata(offset, "", -1) for place, offset in offsets.items()})
            return {(place.topic, place.partition): offset for place, offset in offsets.items()}
    except errors.KafkaError as error:
        raise KafkaError(f"{group} was not set back: {error}") from error
