// SPDX-License-Identifier: MIT
/*
 * Out of memory: which process ends so that the others can go on.
 *
 * Asked for by a page fault that found no page after reclaim had its chances; the fault holds no locks then, so the one
 * that faults can always be the victim. The choice is the process with the most memory, as a share of all, moved by
 * oom_score_adj (-1000: never, +1000: first). One victim at a time: while it is ending, which takes no memory of its own
 * beyond the reserve that dying tasks may use, everybody else's faults wait and try again. A victim that cannot end
 * (it sleeps uninterruptibly on something) is given up on after a while and another is chosen.
 *
 * oom_lock serialises choices and guards oom_victim; mm and signal state are read under task_lock and RCU.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lock/mutex.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "kernel/x86/time.h"
#include "mm/internal.h"
#include "mm/oom.h"

#define PATIENCE_NS (5 * NSEC_PER_SEC)
#define WAIT_MS	    20

static DEFINE_MUTEX(oom_lock);
static struct task_struct *oom_victim; /* with a reference; oom_lock */
static u64 victim_since;	       /* oom_lock */

/* Pages that would come back if the address space went. */
static unsigned long mm_pages(struct mm_struct *mm)
{
	return get_mm_rss(mm) + (unsigned long)atomic64_read(&mm->pgtables_bytes) / PAGE_SIZE;
}

/* Memory of the process by any of its threads that still has it; 0 when all have let go. RCU. */
static unsigned long process_pages(struct task_struct *leader, struct mm_struct **which)
{
	unsigned long pages = 0;
	struct task_struct *t;

	*which = NULL;
	list_for_each_entry_rcu (t, &leader->signal->thread_head, thread_node) {
		task_lock(t);
		if (t->mm) {
			*which = t->mm;
			pages = mm_pages(t->mm);
		}
		task_unlock(t);
		if (*which)
			break;
	}
	return pages;
}

long oom_badness(struct task_struct *leader)
{
	short adj = READ_ONCE(leader->signal->oom_score_adj);
	struct mm_struct *mm;
	long points;

	if ((leader->flags & PF_KTHREAD) || adj == OOM_SCORE_ADJ_MIN)
		return LONG_MIN;
	points = process_pages(leader, &mm);
	return mm ? points + adj * (long)(totalram_pages() / 1000) : LONG_MIN;
}

static struct task_struct *choose_victim(void)
{
	struct task_struct *p, *chosen = NULL;
	long most = LONG_MIN;

	rcu_read_lock();
	for_each_task_rcu (p) {
		long points = thread_group_leader(p) ? oom_badness(p) : LONG_MIN;

		if (points <= most || !get_task_struct_rcu(p))
			continue;
		if (chosen)
			put_task_struct(chosen);
		chosen = p;
		most = points;
	}
	rcu_read_unlock();
	return chosen;
}

/* All that share the memory must end for it to come back. */
static void kill_users_of(struct task_struct *victim)
{
	struct mm_struct *mm, *other;
	struct task_struct *p;

	rcu_read_lock();
	process_pages(victim, &mm);
	for_each_task_rcu (p) {
		if ((p->flags & PF_KTHREAD) || !thread_group_leader(p))
			continue;
		process_pages(p, &other);
		if (p == victim || (mm && other == mm))
			send_sig_info(SIGKILL, NULL, p, true); /* the process: its first thread may have gone */
	}
	rcu_read_unlock();
}

/* Its memory is back when its last thread is a zombie or released: exit gives the memory up before. oom_lock held. */
static bool victim_is_ending(void)
{
	bool ended;

	if (!oom_victim)
		return false;
	ended = READ_ONCE(oom_victim->exit_state) && READ_ONCE(oom_victim->signal->nr_threads) <= 1;
	if (!ended && ktime_get_ns() - victim_since < PATIENCE_NS)
		return true;
	put_task_struct(oom_victim);
	oom_victim = NULL;
	return false;
}

static void kill_one(unsigned long address)
{
	oom_victim = choose_victim();
	if (!oom_victim) {
		/* everybody is exempt: then it is the one that asks */
		oom_victim = get_task_struct(current->group_leader);
	}
	victim_since = ktime_get_ns();
	pr_err("mm: out of memory: killing %s[%d]; %s[%d] needs a page at %lx\n", oom_victim->comm, oom_victim->tgid,
	       current->comm, current->pid, address);
	mem_report();
	kill_users_of(oom_victim);
}

/* ---- a process that ends, early ---- */

/* Not while it dumps core, which takes memory that is gone for memory that was never touched; coredump.c sets that first. */
static bool process_ends(struct task_struct *p)
{
	return (smp_load_acquire(&p->signal->flags) & SIGNAL_GROUP_EXIT) && !READ_ONCE(p->signal->core_state);
}

/* Every process that uses @mm is on its way out. RCU. */
static bool all_users_exit(struct mm_struct *mm)
{
	struct mm_struct *other;
	struct task_struct *p;

	for_each_task_rcu (p) {
		if ((p->flags & PF_KTHREAD) || !thread_group_leader(p) || process_ends(p))
			continue;
		process_pages(p, &other);
		if (other == mm && !(thread_group_empty(p) && (READ_ONCE(p->flags) & PF_EXITING)))
			return false;
	}
	return true;
}

/* A reference on the struct of the process's memory: NULL if it has none any more. */
static struct mm_struct *grab_mm_of(struct task_struct *p)
{
	struct mm_struct *mm = NULL;
	struct task_struct *t;

	rcu_read_lock();
	list_for_each_entry_rcu (t, &p->signal->thread_head, thread_node) {
		task_lock(t);
		mm = t->mm;
		if (mm)
			mmget(mm);
		task_unlock(t);
		if (mm)
			break;
	}
	rcu_read_unlock();
	return mm;
}

/*
 * Private memory goes now. Who may still touch it is on his way out, but inside system calls; with MMF_UNSTABLE set he gets a fault. As it is
 * set with mmap_sem exclusive no fault that began before it can bring a page in behind the zapping.
 */
static int reap_mm(struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	set_bit(MMF_UNSTABLE, &mm->flags);
	downgrade_write(&mm->mmap_sem);
	for (vma = mm->mmap; vma; vma = vma->vm_next)
		if (!(vma->vm_flags & (VM_PFNMAP | VM_SHARED)))
			zap_page_range(vma, vma->vm_start, vma->vm_end - vma->vm_start);
	up_read(&mm->mmap_sem);
	return 0;
}

int mm_release_early(struct task_struct *p)
{
	struct mm_struct *mm = grab_mm_of(p);
	bool ends;
	int err;

	if (!mm)
		return -ESRCH;
	rcu_read_lock();
	ends = all_users_exit(mm);
	rcu_read_unlock();
	err = ends ? reap_mm(mm) : -EINVAL;
	mmput(mm);
	return err;
}

void pagefault_out_of_memory(unsigned long address)
{
	if (fatal_signal_pending(current))
		return; /* it ends anyway, on the way back */
	mutex_lock(&oom_lock);
	/* a victim may have gone since this fault gave up: then there is memory, and no other need end */
	if (!victim_is_ending() && !zone_watermark_ok(0, the_zone.wmark_low, GFP_KERNEL))
		kill_one(address);
	mutex_unlock(&oom_lock);
	if (!fatal_signal_pending(current))
		schedule_timeout_killable(msecs_to_jiffies(WAIT_MS));
}
