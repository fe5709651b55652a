import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{protocol,worker,network,main,renderer,scripts}/**/*.test.{ts,tsx}'],
          testTimeout: 20_000,
          // One for each processor. Left out it is one fewer: on two processors one of them would wait.
          maxWorkers: '100%',
          // Tests that load onnxruntime themselves: no word to its maker from there either.
          env: { ORT_DISABLE_TELEMETRY: '1' },
        },
      },
      // Real processes and real sockets, so generous limits. They wait for blocks more than they compute, so two files at a time,
      // also on more processors: each has a devnet of five processes.
      {
        test: {
          name: 'integration',
          include: ['test/{integration,faults}/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          // Projects with different numbers of workers run one after the other.
          sequence: { groupOrder: 1 },
        },
      },
      // The real app in a real Electron.
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
