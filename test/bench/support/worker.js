// What `startSide` runs: the host of the app starts `worker.js` with a name, which here says which side to be.
await import(`./${process.argv[2]}-side.ts`);
