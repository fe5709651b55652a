import { contextBridge, ipcRenderer } from 'electron';
import { createIpcClient } from './ipc-client.ts';

/** All that the page gets: `window.millrace`. */
contextBridge.exposeInMainWorld('millrace', createIpcClient(ipcRenderer));
