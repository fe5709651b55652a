import { writeWasm } from './build/wasm.ts';

/** `npm run wasm`: after a change of a src-worker/update/wasm/NAME.as. */
await writeWasm();
