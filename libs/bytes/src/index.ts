export { type ByteWriter, byteWriter } from './byte-writer.ts';
export { type Deadline, deadline } from './deadline.ts';
export { ReadAborted, ReadLimitExceeded, UnexpectedEnd } from './errors.ts';
export { ExactReader, type ExactReaderOptions } from './exact-reader.ts';
export { type PipeOptions, type PipeResult, pipe, type Relay } from './pipe.ts';
