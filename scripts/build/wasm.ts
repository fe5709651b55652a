import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './stale.ts';

interface Kernel {
  readonly name: string;
  /** All that its source lays out, in pages of 64 KiB. */
  readonly pages: number;
}

/** Of the compiler what is used here. Its own types would change what an array's methods are known to return, everywhere. */
interface Compiler {
  readonly main: (
    options: readonly string[],
    files: {
      readonly readFile: (name: string) => string | null;
      readonly writeFile: (name: string, contents: Uint8Array) => void;
      readonly listFiles: () => readonly string[];
    },
  ) => Promise<{ readonly error: Error | null; readonly stderr: { toString: () => string } }>;
}
const COMPILER: string = 'assemblyscript/asc';

const folder = join(root, 'src-worker/update/wasm');
const kernels: readonly Kernel[] = [
  { name: 'select', pages: 2 },
  { name: 'sort', pages: 1 },
  { name: 'pack', pages: 1 },
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
  const written: Uint8Array[] = [];
  const { main } = (await import(COMPILER)) as Compiler;
  const { error, stderr } = await main(
    [
      ...[source, '--outFile', 'out.wasm', '--runtime', 'stub', '--enable', 'simd', '-O3', '--noAssert'],
      ...['--initialMemory', String(pages), '--memoryBase', String(pages * 65_536)],
    ],
    {
      readFile: (file) => (file === source ? readFileSync(join(folder, `${name}.as`), 'utf8') : null),
      writeFile: (_, contents) => void written.push(contents),
      listFiles: () => [],
    },
  );
  const [code] = written;
  if (error !== null || code === undefined) throw new Error(`${name}.as: ${stderr.toString()}`, { cause: error });
  return `/** Compiled from ${name}.as by \`npm run wasm\`; \`npm run check\` compares them. */
export const ${name.toUpperCase()}_WASM =
  '${Buffer.from(code).toString('base64')}';
`;
}
