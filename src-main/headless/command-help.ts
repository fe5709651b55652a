/** What `--help` says of a command beside its options. */
const OPTIONAL_FIELDS = `
It may hold too: "chainFallbackUrls" (endpoints to go on with when the first fails or is behind), "genesisHash" (64 hex
digits: another chain is left alone), "bootstrap" (addresses of peers beside those on chain), "blobQuotaBytes".`;

export const CONFIG_HELP: Readonly<Record<'worker' | 'validator', string>> = {
  worker: `
The file holds: {"kind":"start-worker","chainUrl":"ws://127.0.0.1:PORT","netuid":3,"dataDir":"/absolute/path",
"hotkeySeedHex":"64 hex digits","threads":2,"listenAddress":"/ip4/127.0.0.1/tcp/0"}. The hotkey must be registered.${OPTIONAL_FIELDS}`,
  validator: `
The file holds: {"kind":"start-validator","chainUrl":"ws://127.0.0.1:PORT","netuid":3,"dataDir":"/absolute/path",
"hotkeySeedHex":"64 hex digits","threads":2,"listenAddress":"/ip4/127.0.0.1/tcp/0","found":null}.
The owner of a subnet that has no run publishes one with "found":{"textPath":"/folder/of/text","roundBlocks":300,
"trainBlocks":200}: the devnet's model, over that text.${OPTIONAL_FIELDS}`,
};

export const OPERATOR_HELP = `

With --json every line is {"time","level","event",…}: a worker's rounds (round), a validator's announcements, ratings,
manifests and votes (announcement-refused, worker-rated, manifest-settled, vote-cast, …); --verbose adds the level debug.
\`millrace status\` with the same --home shows it as a table.`;

export const EXPORT_HELP = `
Examples:
  millrace export --out weights                     the newest round of the devnet that runs on this machine
  millrace export --round 12 --out weights --force  that of round 12, in the place of an earlier export
  millrace export --run 3fa9 --chain ws://127.0.0.1:9944 --out weights

The folder opens in transformers (config.json, tokenizer.json, model.safetensors in float32). Rounds since the newest
checkpoint but one can be exported: what earlier ones need is no longer kept.`;

export const VERIFY_HELP = `
Examples:
  millrace verify weights
  millrace verify weights --json | tail -n 1        the verdict alone, for a script

Ends with 0 when everything is as the run's validator signed it, and with 1 when anything is not.`;

export const CHAIN_HELP = 'devnet, finney, test, local, or up to five addresses (wss://…,wss://…) of one chain';

export const RUN_HELP = `
Examples:
  millrace run                                      on the devnet of this machine, or with the chain of the settings
  millrace run --chain finney --netuid 3            on Bittensor's main chain, in subnet 3
  millrace run --chain ws://127.0.0.1:9944 --netuid 2
On another chain than the devnet nothing is registered for you, because that costs TAO, and no devnet runs.
--rounds ends with 0 when they were rewarded, and with 1 when eight in a row come to nothing because this machine is too slow.`;
