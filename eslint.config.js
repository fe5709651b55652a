// @ts-check
import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** Who may import whom. Everything not listed is forbidden: this is the plan of the house. */
const arrows = {
  protocol: [],
  worker: ['protocol'],
  network: ['protocol', 'worker'],
  main: ['protocol'],
  renderer: ['protocol'],
};

const rooms = /** @type {(keyof typeof arrows)[]} */ (Object.keys(arrows));

const noDefaultExport = { selector: 'ExportDefaultDeclaration', message: 'Use named exports.' };

/** `no-restricted-imports` does not see `import('…')`. ESLint's last word on a rule holds alone, so the other selector comes along. */
const noDynamicImport = (/** @type {{ regex: string, message: string }[]} */ patterns) =>
  /** @type {import('eslint').Linter.RuleEntry} */ ([
    'error',
    noDefaultExport,
    ...patterns.map(({ regex, message }) => ({
      selector: `ImportExpression > Literal.source[value=/${regex.replaceAll('/', '\\u002F')}/]`,
      message,
    })),
  ]);

const importDirections = rooms.map((room) => {
  const forbidden = rooms.filter((other) => other !== room && !arrows[room].includes(/** @type {never} */ (other)));
  const patterns = forbidden.map((other) => ({
    regex: `^#${other}/|(^|/)src-${other}/`,
    message: `src-${room} must not import src-${other} (see docs/ARCHITECTURE.md).`,
  }));
  if (room === 'renderer' || room === 'protocol') {
    patterns.push({ regex: '^(node:|electron$)', message: `src-${room} runs in a browser: no Node, no Electron.` });
  }
  if (room === 'worker' || room === 'network') {
    patterns.push({ regex: '^electron$', message: `src-${room} is plain Node: no Electron.` });
  }
  return {
    files: [`src-${room}/**/*.{ts,tsx}`],
    rules: {
      'no-restricted-imports': /** @type {import('eslint').Linter.RuleEntry} */ (['error', { patterns }]),
      'no-restricted-syntax': noDynamicImport(patterns),
    },
  };
});

const outsideElectron = [
  { regex: '^electron$|/electron/', message: 'Only src-main/electron may import Electron.' },
  {
    regex: '^#(worker|network|renderer)/|(^|/)src-(worker|network|renderer)/',
    message: 'src-main launches the worker and the network as processes and never imports them.',
  },
];

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', '.cache/', 'release/', 'test/fixtures/', 'test/e2e/shots/'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-syntax': ['error', noDefaultExport],
      eqeqeq: 'error',
    },
  },
  ...importDirections,
  {
    files: ['src-main/core/**', 'src-main/headless/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: outsideElectron }],
      'no-restricted-syntax': noDynamicImport(outsideElectron),
    },
  },
  { files: ['src-renderer/**/*.{ts,tsx}'], ...reactHooks.configs.flat.recommended },
  {
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['{scripts,test}/**/*.{js,mjs}'], languageOptions: { globals: globals.node } },
  { files: ['*.config.{ts,js}', 'eslint.config.js'], rules: { 'no-restricted-syntax': 'off' } },
);
