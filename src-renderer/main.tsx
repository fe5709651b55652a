import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { connectFrom } from './client/browser-connection.ts';
import { DashboardProvider } from './store/context.tsx';
import { CrashScreen } from './shell/crash-screen.tsx';
import { createDashboard } from './store/dashboard-store.ts';
import './styles/tokens.css';
import './styles/base.css';

const connection = connectFrom(window);
const { store } = createDashboard(connection);
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root.');

createRoot(root).render(
  <StrictMode>
    <DashboardProvider store={store} connection={connection}>
      <CrashScreen>
        <App />
      </CrashScreen>
    </DashboardProvider>
  </StrictMode>,
);
