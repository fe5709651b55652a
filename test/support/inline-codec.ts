import { createUpdateCodec } from '#worker/update/update-codec.ts';
import { performUpdateTask } from '#worker/update/update-tasks.ts';

/** The codec without its threads: the same tasks, done at once. */
export const inlineCodec = createUpdateCodec({
  width: 1,
  run: (kind, task) => new Promise((resolve) => resolve(performUpdateTask(kind, task))),
  dispose: () => Promise.resolve(),
});
