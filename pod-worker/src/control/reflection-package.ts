import { toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { file_feedmill_v1_control } from '@feedmill/proto/feedmill/v1/control_pb';
import { file_feedmill_v1_event } from '@feedmill/proto/feedmill/v1/event_pb';
import { file_feedmill_v1_ingest } from '@feedmill/proto/feedmill/v1/ingest_pb';
import { file_feedmill_v1_replicate } from '@feedmill/proto/feedmill/v1/replicate_pb';
import { file_feedmill_v1_subscribe } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { file_feedmill_v1_witness } from '@feedmill/proto/feedmill/v1/witness_pb';
import type { ReflectionService } from '@grpc/reflection';

const FILES = [
  file_feedmill_v1_event,
  file_feedmill_v1_ingest,
  file_feedmill_v1_control,
  file_feedmill_v1_subscribe,
  file_feedmill_v1_witness,
  file_feedmill_v1_replicate,
];

type ReflectionPackage = ConstructorParameters<typeof ReflectionService>[0];

/**
 * The contracts as the reflection service wants them: it expects what proto-loader makes of .proto
 * files, of which it reads only the serialized file descriptors.
 */
export function reflectionPackage(): ReflectionPackage {
  const fileDescriptorProtos = FILES.map((file) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto)),
  );
  return {
    feedmill: { format: '', type: {}, fileDescriptorProtos },
  } as unknown as ReflectionPackage;
}
