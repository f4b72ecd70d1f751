// Sanitizers must be told of every change of stack. Boost.Context does so over ucontext only (BOOST_USE_UCONTEXT with
// BOOST_USE_ASAN or BOOST_USE_TSAN), and Debian's library is built for the faster kind, so what it then lacks stands
// here: which fiber a thread is running. Without sanitizers this file is empty.
#if defined(BOOST_USE_UCONTEXT)

#include <boost/context/fiber.hpp>

namespace boost::context::detail {

fiber_activation_record*& fiber_activation_record::current() noexcept {
  thread_local fiber_activation_record of_thread;  // the thread's own stack
  thread_local fiber_activation_record* running = &of_thread;
  return running;
}

}  // namespace boost::context::detail

#endif
