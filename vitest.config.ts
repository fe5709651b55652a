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
      // Real processes and real sockets, so one file at a time and generous limits.
      {
        test: {
          name: 'integration',
          include: ['test/{integration,faults}/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          fileParallelism: false,
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
