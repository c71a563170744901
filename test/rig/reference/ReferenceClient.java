import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka's own clients behind a pipe: what the judges of tests with outages trust. Numbers are big-endian; bytes have an int for their length before
 * them, -1 for null.
 *
 * <p>{@code read SERVERS TOPIC [PROPERTIES]}: writes every committed record up to the present end of the log as partition, offset, timestamp, key, value, number
 * of headers, (name, value)*; then a partition of -1.
 *
 * <p>{@code write SERVERS}: reads codec, topic, partition, timestamp, key, value, number of headers, (name, value)*; an empty codec asks for a flush,
 * which is answered by one int: the number of records that failed since the last one.
 */
public final class ReferenceClient {
  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "read" -> read(arguments[1], arguments[2], arguments.length > 3 ? load(arguments[3]) : Map.of());
      case "write" -> write(arguments[1]);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  /** Further settings of a client, such as those of TLS. */
  private static Map<String, Object> load(String file) throws IOException {
    var properties = new Properties();
    try (var reader = Files.newBufferedReader(Path.of(file))) {
      properties.load(reader);
    }
    Map<String, Object> settings = new HashMap<>();
    properties.forEach((name, value) -> settings.put((String) name, value));
    return settings;
  }

  private static void read(String servers, String topic, Map<String, Object> more) throws IOException {
    Map<String, Object> settings = new HashMap<>(more);
    settings.putAll(
        Map.of("bootstrap.servers", servers, "isolation.level", "read_committed", "enable.auto.commit", false,
            "auto.offset.reset", "none", "default.api.timeout.ms", 60_000, "max.poll.records", 10_000));
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        var out = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 20))) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (var one : consumer.partitionsFor(topic)) partitions.add(new TopicPartition(topic, one.partition()));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = highWatermarks(servers, partitions, more);
      while (!ends.isEmpty()) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          Long end = ends.get(new TopicPartition(topic, record.partition()));
          if (end != null && record.offset() < end) put(out, record);
        }
        ends.entrySet().removeIf(entry -> consumer.position(entry.getKey()) >= entry.getValue());
      }
      out.writeInt(-1);
    }
  }

  /** The end of the log as read_uncommitted sees it: records of transactions that are still open are waited for. */
  private static Map<TopicPartition, Long> highWatermarks(
      String servers, List<TopicPartition> partitions, Map<String, Object> more) {
    Map<String, Object> settings = new HashMap<>(more);
    settings.putAll(Map.of("bootstrap.servers", servers, "isolation.level", "read_uncommitted"));
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      return new HashMap<>(consumer.endOffsets(partitions));
    }
  }

  private static void put(DataOutputStream out, ConsumerRecord<byte[], byte[]> record) throws IOException {
    out.writeInt(record.partition());
    out.writeLong(record.offset());
    out.writeLong(record.timestamp());
    put(out, record.key());
    put(out, record.value());
    Header[] headers = record.headers().toArray();
    out.writeInt(headers.length);
    for (Header header : headers) {
      put(out, header.key().getBytes("UTF-8"));
      put(out, header.value());
    }
  }

  private static void put(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes == null ? -1 : bytes.length);
    if (bytes != null) out.write(bytes);
  }

  private static void write(String servers) throws IOException {
    Map<String, KafkaProducer<byte[], byte[]>> producers = new HashMap<>();
    AtomicReference<Integer> failed = new AtomicReference<>(0);
    var in = new DataInputStream(new BufferedInputStream(System.in, 1 << 20));
    var out = new DataOutputStream(System.out);
    for (;;) {
      String codec;
      try {
        codec = new String(take(in), "UTF-8");
      } catch (EOFException end) {
        break;
      }
      if (codec.isEmpty()) {
        producers.values().forEach(KafkaProducer::flush);
        out.writeInt(failed.getAndSet(0));
        out.flush();
        continue;
      }
      var record = record(in);
      producers
          .computeIfAbsent(codec, name -> producer(servers, name))
          .send(record, (metadata, error) -> {
            if (error != null) failed.updateAndGet(count -> count + 1);
          });
    }
    producers.values().forEach(KafkaProducer::close);
  }

  private static ProducerRecord<byte[], byte[]> record(DataInputStream in) throws IOException {
    String topic = new String(take(in), "UTF-8");
    int partition = in.readInt();
    long timestamp = in.readLong();
    var record = new ProducerRecord<>(topic, partition, timestamp < 0 ? null : timestamp, take(in), take(in));
    for (int left = in.readInt(); left > 0; left--) record.headers().add(new String(take(in), "UTF-8"), take(in));
    return record;
  }

  private static byte[] take(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0) return null;
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  /** Idempotent, and patient enough for any outage that a test makes. */
  private static KafkaProducer<byte[], byte[]> producer(String servers, String codec) {
    Map<String, Object> settings =
        Map.of("bootstrap.servers", servers, "acks", "all", "enable.idempotence", true, "compression.type", codec,
            "linger.ms", 5, "request.timeout.ms", 5_000, "delivery.timeout.ms", 120_000, "max.block.ms", 120_000);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
