import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';
import { root } from './stale.ts';

interface Kernel {
  readonly name: string;
  /** All that its source lays out, in pages of 64 KiB. */
  readonly pages: number;
}

const folder = join(root, 'src-worker/update/wasm');
const kernels: readonly Kernel[] = [
  { name: 'select', pages: 2 },
  { name: 'merge', pages: 4 },
];

/** Compiles every NAME.as. */
export async function writeWasm(): Promise<void> {
  for (const kernel of kernels) writeFileSync(compiledPath(kernel), await compiled(kernel));
}

/** Names what is not what its source compiles to. */
export async function staleWasm(): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const kernel of kernels) {
    if (readFileSync(compiledPath(kernel), 'utf8') !== (await compiled(kernel))) stale.push(compiledPath(kernel));
  }
  return stale;
}

const compiledPath = ({ name }: Kernel): string => join(folder, `${name}-wasm.ts`);

/** A module as text, so that bundles and tests find it without a file of its own. @throws Error with what the compiler says */
async function compiled({ name, pages }: Kernel): Promise<string> {
  // The compiler takes files that end in .ts alone, which these are not for anyone else.
  const source = `${name}.ts`;
  let code: Uint8Array | null = null;
  const { error, stderr } = await asc.main(
    [
      ...[source, '--outFile', 'out.wasm', '--runtime', 'stub', '--enable', 'simd', '-O3', '--noAssert'],
      ...['--initialMemory', String(pages), '--memoryBase', String(pages * 65_536)],
    ],
    {
      readFile: (file) => (file === source ? readFileSync(join(folder, `${name}.as`), 'utf8') : null),
      writeFile: (_, contents) => void (code = contents as unknown as Uint8Array),
      listFiles: () => [],
    },
  );
  if (error !== null || code === null) throw new Error(`${name}.as: ${stderr.toString()}`, { cause: error });
  return `/** Compiled from ${name}.as by \`npm run wasm\`; \`npm run check\` compares them. */
export const ${name.toUpperCase()}_WASM =
  '${Buffer.from(code).toString('base64')}';
`;
}
