import { readdirSync } from 'node:fs';
import { definedOperators, type Operator } from '#worker/graph/operator.ts';

/** Every operator that any file of the graph code defines, whether or not a test has imported it. */
export async function allOperators(): Promise<ReadonlySet<Operator>> {
  const folder = new URL('../../../src-worker/graph/', import.meta.url);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.ts')) await import(new URL(name.replaceAll('\\', '/'), folder).href);
  }
  return definedOperators();
}
