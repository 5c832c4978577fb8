#include "init/seal.h"

#include <errno.h>
#include <sys/prctl.h>
#include <unistd.h>

int no_new_privs_get(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

int no_new_privs_set(struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set(e, errno, "use Linux 3.5 or later, or --allow-new-privs", "prctl(PR_SET_NO_NEW_PRIVS)");
	if (no_new_privs_get() != 1)
		return err_set(e, 0, "report this as a bug", "prctl(PR_SET_NO_NEW_PRIVS) had no effect");
	return 0;
}

int parent_death_arm(int signal, pid_t parent, struct err *e)
{
	int armed = 0;

	if (prctl(PR_SET_PDEATHSIG, signal) != 0)
		return err_set(e, errno, "give another signal", "prctl(PR_SET_PDEATHSIG, %d)", signal);
	if (prctl(PR_GET_PDEATHSIG, &armed) != 0 || armed != signal)
		return err_set(e, errno, "report this as a bug", "prctl(PR_SET_PDEATHSIG, %d) had no effect", signal);
	if (getppid() != parent)
		return err_set(e, 0, "start husk from a process that lives on", "the parent died before its death could be watched");
	return 0;
}

int not_dumpable_set(struct err *e)
{
	if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_GET_DUMPABLE) != 0)
		return err_set(e, errno, "report this as a bug", "prctl(PR_SET_DUMPABLE)");
	return 0;
}
