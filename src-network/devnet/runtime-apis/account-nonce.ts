import { accountId, u32 } from '../scale/primitives.ts';
import { method, type RuntimeApi } from '../metadata/runtime-api.ts';
import { account as accounts } from '../pallets/system.ts';

export const accountNonceApi: RuntimeApi = {
  name: 'AccountNonceApi',
  methods: {
    account_nonce: method({ account: accountId }, u32, ({ state }, { account }) => state.get(accounts, account).nonce),
  },
};
