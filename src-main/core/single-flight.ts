/**
 * Runs a task at most once at a time. A call while it runs makes it run once more afterwards, with whatever is newest then:
 * a slow chain is asked less often instead of getting a queue. The task must not reject.
 */
export function singleFlight(task: () => Promise<void>): () => void {
  let state: 'idle' | 'running' | 'again' = 'idle';
  const run = (): void => {
    state = 'running';
    void task().then(() => {
      if (state === 'again') run();
      else state = 'idle';
    });
  };
  return () => {
    if (state === 'idle') run();
    else state = 'again';
  };
}
