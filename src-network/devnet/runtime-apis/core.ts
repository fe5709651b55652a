import { newtype, option, vec } from '../scale/composites.ts';
import { bytes, u32 } from '../scale/primitives.ts';
import { method, type RuntimeApi } from '../metadata/runtime-api.ts';
import { runtimeVersion } from '../pallets/system.ts';
import { RUNTIME_VERSION } from '../runtime/version.ts';

const opaqueMetadata = newtype('sp_core::OpaqueMetadata', bytes);
const VERSIONS = [14, 15] as const;

export const coreApi: RuntimeApi = {
  name: 'Core',
  methods: { version: method({}, runtimeVersion, () => RUNTIME_VERSION) },
};

export const metadataApi: RuntimeApi = {
  name: 'Metadata',
  methods: {
    metadata: method({}, opaqueMetadata, ({ rules }) => rules.runtime.metadata[14]),
    metadata_at_version: method({ version: u32 }, option(opaqueMetadata), ({ rules }, { version }) =>
      VERSIONS.includes(version as 14) ? rules.runtime.metadata[version as 14] : undefined,
    ),
    metadata_versions: method({}, vec(u32), () => VERSIONS),
  },
};
