# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The three kinds of target this project is made of. MLIR_LIBS are upstream
# libraries; they go through mlir_target_link_libraries, which replaces them by
# the shared libMLIR, so that MLIR is never linked twice.

include_guard()
include(GNUInstallDirs)

# add_quant_act_library(<name> <sources>... [INTERNAL] [DEPENDS <targets>...]
#                       [LINK_LIBS <own libraries>...] [MLIR_LIBS <upstream>...])
# INTERNAL libraries are not installed.
function(add_quant_act_library name)
  cmake_parse_arguments(ARG "INTERNAL" "" "DEPENDS;LINK_LIBS;MLIR_LIBS" ${ARGN})
  add_mlir_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS}
    EXCLUDE_FROM_LIBMLIR DISABLE_INSTALL DEPENDS ${ARG_DEPENDS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS})
  mlir_target_link_libraries(${name} PUBLIC ${ARG_MLIR_LIBS})
  if(NOT ARG_INTERNAL)
    install(TARGETS ${name} EXPORT QuantActTargets
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
      INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    set_property(GLOBAL APPEND PROPERTY QUANT_ACT_LIBRARIES ${name})
  endif()
endfunction()

# add_quant_act_tool(<name> <sources>... [LINK_LIBS ...] [MLIR_LIBS ...])
function(add_quant_act_tool name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS;MLIR_LIBS" ${ARGN})
  add_llvm_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  llvm_update_compile_flags(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS})
  mlir_target_link_libraries(${name} PRIVATE ${ARG_MLIR_LIBS})
  install(TARGETS ${name} EXPORT QuantActTargets
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# add_quant_act_doc(<td file without .td> <output name> <mlir-tblgen arguments>...)
# writes docs/<output name>.md in the build folder with the target quant-act-doc.
function(add_quant_act_doc td_file output_name)
  set(LLVM_TARGET_DEFINITIONS ${td_file}.td)
  mlir_tablegen(${output_name}.md ${ARGN})
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${output_name}.md)
  set(published ${PROJECT_BINARY_DIR}/docs/${output_name}.md)
  add_custom_command(OUTPUT ${published}
    COMMAND ${CMAKE_COMMAND} -E copy ${generated} ${published}
    DEPENDS ${generated})
  add_custom_target(${output_name}DocGen DEPENDS ${published})
  add_dependencies(quant-act-doc ${output_name}DocGen)
endfunction()
